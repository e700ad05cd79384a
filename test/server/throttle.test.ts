import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sourceOf, Throttle } from '../../server/session/throttle.ts'

test('an IPv6 device counts as one, however it changes its address', () => {
  assert.equal(sourceOf('2001:db8:1:2:aaaa:bbbb:cccc:dddd'), sourceOf('2001:db8:1:2::1'))
  assert.equal(sourceOf('2001:db8::1'), sourceOf('2001:db8:0:0:5::9'))
  assert.notEqual(sourceOf('2001:db8:1:2::1'), sourceOf('2001:db8:1:3::1'))
  assert.equal(sourceOf('::ffff:192.168.1.5'), '192.168.1.5')
  assert.notEqual(sourceOf('192.168.1.5'), sourceOf('192.168.1.6'))
  assert.equal(sourceOf('fe80::1%eth0'), sourceOf('fe80::2'))
})

test('the wait doubles up to a minute, and is forgotten after an hour', () => {
  const throttle = new Throttle()
  let now = 1_000_000
  const waits: number[] = []
  for (let i = 0; i < 14; i += 1) {
    assert.equal(throttle.attempt('192.168.1.5', now), 0)
    const waitMs = throttle.attempt('192.168.1.5', now)
    if (waitMs > 0) waits.push(waitMs / 1000)
    else i += 1 // that was another free try
    now += waitMs
  }
  assert.deepEqual(waits.slice(0, 8), [1, 2, 4, 8, 16, 32, 60, 60])
  now += 3_600_001
  assert.equal(throttle.attempt('192.168.1.5', now), 0)
  assert.equal(throttle.attempt('192.168.1.5', now), 0, 'free tries again')
})

test('a flood of sources does not fill memory', () => {
  const throttle = new Throttle()
  for (let i = 0; i < 5000; i += 1) throttle.attempt(`10.0.${i >> 8}.${i & 255}`, 1)
  for (let i = 0; i < 5; i += 1) throttle.attempt('10.9.9.9', 1)
  assert.ok(throttle.attempt('10.9.9.9', 1) > 0, 'still counts')
})
