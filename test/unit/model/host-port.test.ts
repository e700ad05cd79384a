import assert from 'node:assert/strict'
import { isIPv6 } from 'node:net'
import test from 'node:test'
import fc from 'fast-check'
import { hostPortText, parseHostPort, peerAddress, plainAddress } from '../../../appliance/sync/model/host-port.ts'

test('a host with a port, however it was pasted', () => {
  for (const [text, host, port] of [
    ['nas.local:22000', 'nas.local', 22000],
    ['192.168.1.23:1', '192.168.1.23', 1],
    ['[fe80::1%eth0]:65535', 'fe80::1%eth0', 65535],
    ['[::1]:22000', '::1', 22000],
    [':22000', '', 22000],
    ['0.0.0.0:0', '0.0.0.0', 0],
  ] as const) {
    assert.deepEqual(parseHostPort(` tcp://${text}\n`), { host, port })
    assert.equal(hostPortText({ host, port }), text)
  }
})

test('anything else is none', () => {
  for (const text of [
    '',
    'nas',
    'nas:',
    'nas:65536',
    '::1:22000',
    '[::1]',
    '[nas]:1',
    '[1.2.3.4]:1',
    '[fe80::1%]:1',
    'http://nas:80',
    'a b:1',
    'nas:1/x',
  ])
    assert.equal(parseHostPort(text), undefined, text)
})

test('a port can be left out where there is a usual one', () => {
  assert.deepEqual(parseHostPort('nas', { defaultPort: 80 }), { host: 'nas', port: 80 })
  assert.deepEqual(parseHostPort('[::1]', { defaultPort: 80 }), { host: '::1', port: 80 })
  assert.deepEqual(parseHostPort('nas:8080', { defaultPort: 80 }), { host: 'nas', port: 8080 })
})

test('what lies in brackets is an IPv6 address', () => {
  const isAddress = (text: string) => parseHostPort(`[${text}]:1`) !== undefined
  for (const text of ['::', '1::', '::1', '1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7::', '::2:3:4:5:6:7:8', '::ffff:10.0.0.1'])
    assert.ok(isAddress(text), text)
  for (const text of ['1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1::2::3', ':::', ':1', '1:', '12345::', '::10.0.0.256'])
    assert.ok(!isAddress(text), text)
  const piece = fc.constantFrom(':', '::', '0', '1', 'ffff', 'A', '10.0.0.1', '.', '12345', 'g')
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 17 }), (pieces) => {
      const text = pieces.join('')
      assert.equal(isAddress(text), isIPv6(text), text)
    }),
    { numRuns: 2000 },
  )
})

test('where a peer is dialled: one host, and the port of the protocol unless another is named', () => {
  assert.equal(peerAddress(' 10.0.0.1 '), '10.0.0.1:22000')
  assert.equal(peerAddress('10.0.0.1:22000'), '10.0.0.1:22000')
  assert.equal(peerAddress('tcp://nas:1'), 'nas:1')
  assert.equal(peerAddress('[fe80::1]'), '[fe80::1]:22000')
  for (const text of ['', ':22000', 'nas:0', 'fe80::1', 'a b']) assert.equal(peerAddress(text), undefined, text)
})

test('an IPv4 address is shown as such', () => {
  assert.equal(plainAddress('::ffff:10.0.0.1'), '10.0.0.1')
  assert.equal(plainAddress('::FFFF:10.0.0.1'), '10.0.0.1')
  assert.equal(plainAddress('::ffff:1'), '::ffff:1')
  assert.equal(plainAddress(''), '')
})
