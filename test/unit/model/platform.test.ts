import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodePlatform, encodePlatform, platformOf, takenXattrs } from '../../../appliance/sync/model/platform.ts'
import { anyPlatform } from '../wire/entries.ts'

test('owner and attributes read back as they were written', () =>
  fc.assert(
    fc.property(anyPlatform, (platform) => {
      if (platform) assert.deepEqual(decodePlatform(encodePlatform(platform)), platform)
    }),
  ))

test('their bytes are those of the protocol page', () => {
  const platform = platformOf({ uid: 1000, gid: 100, user: 'anna', group: 'users' }, [
    { name: 'user.tag', value: Uint8Array.of(1, 2) },
  ])
  assert.ok(platform)
  assert.equal(
    Buffer.from(encodePlatform(platform)).toString('hex'),
    '01' +
      '000003e8' +
      '00000064' +
      '00000004' +
      '616e6e61' +
      '00000005' +
      '7573657273' +
      '01' +
      '0001' +
      '00000008' +
      '757365722e746167' +
      '00000002' +
      '0102',
  )
})

test('attributes that are taken: in user., sorted, once, and no more than any disk keeps', () => {
  const value = Uint8Array.of(1)
  const of = (...names: readonly string[]) =>
    takenXattrs(names.map((name) => ({ name, value })))?.map(({ name }) => name)
  assert.deepEqual(of('user.b', 'security.capability', 'trusted.x', 'system.posix_acl_access', 'user.a', 'username'), [
    'user.a',
    'user.b',
  ])
  assert.deepEqual(of(), [])
  assert.equal(of('user.a', 'user.a'), undefined)
  assert.equal(of(`user.${'a'.repeat(251)}`), undefined)
  assert.equal(takenXattrs([{ name: 'user.a', value: new Uint8Array(4096) }]), undefined)
  assert.equal(takenXattrs([{ name: 'user.a', value: new Uint8Array(4090) }])?.length, 1)
})
