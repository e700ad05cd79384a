import assert from 'node:assert/strict'
import { test } from 'node:test'
import { networkOf } from '../../../appliance/sync/model/network-of.ts'

const networks: readonly (readonly [address: string, network: string])[] = [
  ['192.168.1.5:22000', '192.168.1.5'],
  ['[::ffff:192.168.1.5]:1', '192.168.1.5'],
  ['[2001:db8:1:2:3:4:5:6]:22000', '2001:db8:1:2'],
  ['[2001:DB8:01:2::9]:1', '2001:db8:1:2'],
  ['[2001:db8::9]:1', '2001:db8:0:0'],
  ['[fe80::1%eth0]:1', 'fe80:0:0:0'],
  ['[::1]:1', '0:0:0:0'],
  ['a:22000', 'a'],
]

for (const [address, network] of networks)
  test(`${address} belongs to ${network}`, () => assert.equal(networkOf(address), network))
