import assert from 'node:assert/strict'
import test from 'node:test'
import { parseHostPort } from '../../../appliance/sync/model/host-port.ts'

test('a host with a port, however it was pasted', () => {
  for (const host of ['nas.local:22000', '192.168.1.23:1', '[fe80::1%eth0]:65535', '[::1]:22000'])
    assert.equal(parseHostPort(` tcp://${host}\n`), host)
})

test('anything else is none', () => {
  for (const typed of [
    '',
    'nas',
    'nas:',
    ':22000',
    'nas:0',
    'nas:65536',
    '::1:22000',
    'http://nas:80',
    'a b:1',
    'nas:1/x',
  ])
    assert.equal(parseHostPort(typed), undefined, typed)
})
