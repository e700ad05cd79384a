import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isLoopback, isOnLink, bareAddress, isOwn, isPrivate } from '../../server/guard/addresses.ts'

const interfaces = [
  { address: '127.0.0.1', cidr: '127.0.0.1/8' },
  { address: '::1', cidr: '::1/128' },
  { address: '192.168.1.23', cidr: '192.168.1.23/24' },
  { address: '2001:db8:1:2:aaaa::1', cidr: '2001:db8:1:2:aaaa::1/64' },
  { address: 'fe80::1234', cidr: 'fe80::1234/64' },
  { address: '10.8.0.1', cidr: '10.8.0.1/24' },
  { address: '203.0.113.9', cidr: null },
  { address: '198.51.100.7', cidr: '198.51.100.7/0' },
]

const onLink: readonly (readonly [address: string | undefined, isAnswered: boolean, why: string])[] = [
  ['127.0.0.1', true, 'this computer'],
  ['127.5.5.5', true, 'this computer'],
  ['::1', true, 'this computer'],
  ['::ffff:127.0.0.1', true, 'this computer, through an IPv6 socket'],
  ['192.168.1.1', true, 'the LAN'],
  ['192.168.1.255', true, 'the LAN to its last address'],
  ['::ffff:192.168.1.77', true, 'the LAN, through an IPv6 socket'],
  ['192.168.2.1', false, 'another network, though private'],
  ['10.8.0.77', true, 'the VPN'],
  ['10.8.1.77', false, 'beyond the VPN'],
  ['2001:db8:1:2::77', true, 'the LAN by its public IPv6 prefix'],
  ['2001:db8:1:3::77', false, 'the neighbour prefix'],
  ['fe80::99', true, 'link-local'],
  ['fe80::99%eth0', true, 'link-local with its zone'],
  ['8.8.8.8', false, 'the Internet'],
  ['203.0.113.10', false, 'beside an address whose prefix nobody knows'],
  ['198.51.100.8', false, 'a prefix of no bits would be everybody'],
  ['', false, 'no address'],
  ['localhost', false, 'a name is no address'],
  [undefined, false, 'no address'],
]
for (const [address, isAnswered, why] of onLink)
  test(`${isAnswered ? 'answers' : 'refuses'} ${address}: ${why}`, () =>
    assert.equal(isOnLink(address, interfaces), isAnswered))

test('no interface, no answer, save for this computer', () => {
  assert.equal(isOnLink('192.168.1.5', []), false)
  assert.equal(isOnLink('127.0.0.1', []), true)
})

test('private addresses are those that no name server of a stranger leads to', () => {
  for (const address of [
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '169.254.1.1',
    '100.64.0.1',
    'fd00::1',
    'fe80::1',
    '::1',
  ])
    assert.equal(isPrivate(address), true, address)
  for (const address of ['172.32.0.1', '192.169.0.1', '100.128.0.1', '1.1.1.1', '2001:db8::1', '0.0.0.0'])
    assert.equal(isPrivate(address), false, address)
})

test('own addresses, however they are written', () => {
  assert.equal(isOwn('2001:0db8:0001:0002:aaaa:0:0:1', interfaces), true)
  assert.equal(isOwn('[fe80::1234]', interfaces), true)
  assert.equal(isOwn('192.168.1.24', interfaces), false)
})

test('an address is compared without brackets, zone and IPv6 dress', () => {
  assert.equal(bareAddress('[::ffff:10.0.0.1]'), '10.0.0.1')
  assert.equal(bareAddress('fe80::1%wlan0'), 'fe80::1')
  assert.equal(bareAddress('example.org'), undefined)
  assert.equal(isLoopback('::ffff:127.0.0.1'), true)
  assert.equal(isLoopback('192.168.1.23'), false)
})
