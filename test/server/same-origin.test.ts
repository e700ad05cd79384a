import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isOwnChange, isOwnRead } from '../../server/guard/same-origin.ts'
import type { OriginHeaders } from '../../server/guard/same-origin.ts'

const none: OriginHeaders = {
  host: 'homeseed.local',
  origin: undefined,
  fetchSite: undefined,
  fetchMode: undefined,
  fetchDest: undefined,
}

const changes: readonly (readonly [why: string, headers: Partial<OriginHeaders>, isOwn: boolean])[] = [
  ['our own page, over http', { origin: 'http://homeseed.local' }, true],
  [
    'our own page, on localhost',
    { host: 'localhost:8888', origin: 'http://localhost:8888', fetchSite: 'same-origin' },
    true,
  ],
  ['another port is another origin', { host: 'localhost:8888', origin: 'http://localhost:9999' }, false],
  ['another page', { origin: 'http://evil.example' }, false],
  ['a page that hides where it is', { origin: 'null' }, false],
  ['no origin at all', {}, false],
  [
    'the browser says another site, whatever Origin says',
    { origin: 'http://homeseed.local', fetchSite: 'cross-site' },
    false,
  ],
  ['a sibling name is another site here', { origin: 'http://homeseed.local', fetchSite: 'same-site' }, false],
  ['typed into the address bar: no form of ours', { fetchSite: 'none' }, false],
  ['no host', { host: undefined, origin: 'http://undefined' }, false],
]
for (const [why, headers, isOwn] of changes)
  test(`a change is ${isOwn ? 'taken' : 'refused'}: ${why}`, () =>
    assert.equal(isOwnChange({ ...none, ...headers }), isOwn))

const reads: readonly (readonly [why: string, headers: Partial<OriginHeaders>, isOwn: boolean])[] = [
  ['no such headers over http', {}, true],
  ['our own page', { fetchSite: 'same-origin', fetchMode: 'cors', fetchDest: 'empty' }, true],
  ['the address bar', { fetchSite: 'none', fetchMode: 'navigate', fetchDest: 'document' }, true],
  ['a link on another site', { fetchSite: 'cross-site', fetchMode: 'navigate', fetchDest: 'document' }, true],
  ['a frame on another site', { fetchSite: 'cross-site', fetchMode: 'navigate', fetchDest: 'iframe' }, false],
  ['a script of another site', { fetchSite: 'cross-site', fetchMode: 'no-cors', fetchDest: 'script' }, false],
  ['a fetch of another site', { fetchSite: 'cross-site', fetchMode: 'cors', fetchDest: 'empty' }, false],
]
for (const [why, headers, isOwn] of reads)
  test(`a read is ${isOwn ? 'answered' : 'refused'}: ${why}`, () =>
    assert.equal(isOwnRead({ ...none, ...headers }), isOwn))
