import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isOwnHost, parseHost } from '../../server/guard/host-header.ts'

const interfaces = [
  { address: '192.168.1.23', cidr: '192.168.1.23/24' },
  { address: '2001:db8::5', cidr: '2001:db8::5/64' },
]
const names = ['attic', 'attic.local', 'attic.example.org']

const table: readonly (readonly [host: string | undefined, isOwn: boolean])[] = [
  ['localhost', true],
  ['localhost:8888', true],
  ['LOCALHOST', true],
  ['homeseed.localhost', true],
  ['127.0.0.1:8888', true],
  ['[::1]:8888', true],
  ['192.168.1.23', true],
  ['192.168.7.7:8888', true], // a private address of a router in between
  ['[2001:db8::5]', true],
  ['homeseed', true],
  ['homeseed.local', true],
  ['homeseed.local.', true],
  ['homeseed-2.local:80', true],
  ['homeseed.fritz.box', true],
  ['homeseed.lan', true],
  ['homeseed.home.arpa', true],
  ['attic.example.org', true],
  ['example.org', false],
  ['evil.attic.example.org', false],
  ['homeseed.local.example.org', false],
  ['local.evil.com', false],
  ['fritz.box.evil.com', false],
  ['1.1.1.1', false],
  ['[2001:db8::6]', false],
  ['0.0.0.0', false],
  ['2130706433', false], // 127.0.0.1 in one number
  ['127.1', false],
  ['', false],
  ['.', false],
  [undefined, false],
  ['homeseed.local:99999', false],
  ['user@homeseed.local', false],
  ['homeseed.local/x', false],
  ['a b', false],
]
for (const [host, isOwn] of table)
  test(`${isOwn ? 'answers to' : 'is not'} ${JSON.stringify(host)}`, () =>
    assert.equal(isOwnHost(host, names, interfaces), isOwn))

test('a host header is a name and a port', () => {
  assert.deepEqual(parseHost('Homeseed.Local:8888'), { name: 'homeseed.local', port: 8888 })
  assert.deepEqual(parseHost('[::1]'), { name: '::1', port: 80 })
})
