import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Access } from '../../../appliance/sync/model/access.ts'
import { Secret } from '../../../appliance/sync/model/secret.ts'
import { parseSecret, secretLink, secretToText } from '../../../appliance/sync/model/secret-text.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const vectors: { access: Access; key: string; text: string }[] = JSON.parse(
  readFileSync(new URL('../../vectors/secrets.json', import.meta.url), 'utf8'),
).secrets

const secretOf = (access: Access, key: Uint8Array) => ({ access, key: new Secret(key) })
const anySecret = fc
  .tuple(fc.constantFrom<Access>('read-write', 'read-only'), fc.uint8Array({ minLength: 32, maxLength: 32 }))
  .map(([access, key]) => ({ access, key, text: secretToText(secretOf(access, key)) }))

const read = (text: string) => {
  const parsed = parseSecret(text)
  if (!parsed.ok) return parsed.error
  const { secret, name } = parsed.value
  if ('token' in secret) return { issuer: hex(secret.issuer), token: hex(secret.token.reveal()), name }
  return { access: secret.access, key: hex(secret.key.reveal()), name }
}
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const isRefused = (text: string) => assert.equal(parseSecret(text).ok, false, text)

test('secrets have the text of the vectors', () => {
  assert.ok(vectors.length > 0)
  for (const { access, key, text } of vectors) {
    assert.equal(secretToText(secretOf(access, Buffer.from(key, 'hex'))), text)
    assert.deepEqual(read(text), { access, key, name: undefined })
  }
})

test('a secret reads back from every form in which people pass it on', () =>
  fc.assert(
    fc.property(anySecret, ({ access, key, text }) => {
      const grouped = text.replace(/(.{4})/g, '$1-')
      const spaced = text.toLowerCase().replace(/(.{7})/g, '$1\u00a0\n')
      const urls = [`http://homeseed.local/join#${text}`, `https://[fe80::1]:8888/join#${text}`]
      for (const form of [
        text,
        text.toLowerCase(),
        ` ${grouped}\r\n`,
        spaced,
        `homeseed:${text}`,
        `HOMESEED:${text}`,
        ...urls,
      ])
        assert.deepEqual(read(form), { access, key: hex(key), name: undefined }, form)
    }),
  ))

test('a link carries the name of the share, whatever it is', () =>
  fc.assert(
    fc.property(anySecret, fc.string({ unit: 'grapheme' }), ({ access, key }, name) => {
      const shown = name.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').trim()
      const link = secretLink(secretOf(access, key), name)
      assert.deepEqual(read(link), { access, key: hex(key), name: shown === '' ? undefined : shown })
      assert.equal(secretLink(secretOf(access, key), undefined), link.slice(0, link.indexOf('?')))
    }),
  ))

test('a name in a link cannot carry marks that turn text around, and a broken one is no name', () => {
  const text = secretToText(secretOf('read-only', new Uint8Array(32)))
  const nameOf = (query: string) => (read(text + query) as { name?: string }).name
  assert.equal(nameOf('?name=a%E2%80%AEb%00c'), 'abc')
  assert.equal(nameOf('?x=1&name=two+words'), 'two words')
  assert.equal(nameOf('?name=%FF'), undefined)
})

test('any single wrong character is refused', () => {
  for (const { text } of vectors)
    for (let at = 0; at < text.length; at++)
      for (const wrong of [...ALPHABET, '0', '1', '8', '9', '!'])
        if (wrong !== text.charAt(at)) isRefused(text.slice(0, at) + wrong + text.slice(at + 1))
})

test('any swap of neighbours, any missing and any doubled character is refused', () =>
  fc.assert(
    fc.property(anySecret, ({ text }) => {
      for (let at = 0; at < text.length; at++) {
        isRefused(text.slice(0, at) + text.slice(at + 1))
        isRefused(text.slice(0, at + 1) + text.slice(at))
        const swapped = text.slice(0, at) + text.charAt(at + 1) + text.charAt(at) + text.slice(at + 2)
        if (swapped !== text) isRefused(swapped)
      }
    }),
    { numRuns: 30 },
  ))

test('any six neighbouring characters typed wrong are refused', () =>
  fc.assert(
    fc.property(anySecret, fc.nat(54), fc.array(fc.nat(31), { minLength: 6, maxLength: 6 }), ({ text }, at, values) => {
      const wrong = values.map((value) => ALPHABET.charAt(value)).join('')
      if (text.slice(at, at + 6) !== wrong) isRefused(text.slice(0, at) + wrong + text.slice(at + 6))
    }),
  ))

test('says which kind of mistake was made', () => {
  const text = secretToText(secretOf('read-write', new Uint8Array(32).fill(9)))
  assert.deepEqual(read(' \n-'), { type: 'empty' })
  assert.deepEqual(read('homeseed:'), { type: 'empty' })
  assert.deepEqual(read(`Z${text.slice(1)}`), { type: 'unknown-kind', letter: 'Z' })
  assert.deepEqual(read(text.slice(0, -3)), { type: 'too-short', missing: 3 })
  assert.deepEqual(read(`${text}AA`), { type: 'too-long', extra: 2 })
  assert.deepEqual(read('A'.repeat(5000)), { type: 'too-long', extra: 4939 })
  assert.deepEqual(read(` homeseed:a-b0${text}`), { type: 'bad-character', character: '0', position: 14 })
  assert.deepEqual(read(text.slice(0, -1) + (text.endsWith('A') ? 'Q' : 'A')), { type: 'checksum' })
})

test('a secret of a newer version is told from a mistyped one', () => {
  const newer = JSON.parse(readFileSync(new URL('../../vectors/secrets.json', import.meta.url), 'utf8')).newer
  assert.ok(newer.length > 0)
  for (const { text, version } of newer) assert.deepEqual(read(text), { type: 'newer-version', version })
})

test('any text is an answer, never an exception', () =>
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        anySecret.map(({ text }) => `homeseed:${text}?name=%`),
      ),
      (text) => {
        parseSecret(text)
      },
    ),
  ))

test('key bytes cannot be printed', () => {
  const parsed = parseSecret(secretToText(secretOf('read-write', new Uint8Array(32).fill(9))))
  assert.ok(parsed.ok && 'key' in parsed.value.secret)
  const shown = parsed.value.secret.key
  for (const printed of [inspect(parsed, { depth: 9 }), JSON.stringify(parsed), String(shown)]) {
    assert.ok(printed.includes('[secret]'))
    assert.ok(!/9.*9.*9/.test(printed), printed)
  }
})

const oneTime = { issuer: new Uint8Array(32).fill(7), token: new Secret(new Uint8Array(16).fill(8)) }

test('a one-time secret names its device and its token, and where that device is', () => {
  const text = secretToText(oneTime)
  assert.match(text, /^C[A-Z2-7]{85}$/)
  assert.deepEqual(read(text), { issuer: '07'.repeat(32), token: '08'.repeat(16), name: undefined })
  const link = secretLink(oneTime, 'Fotos & más', ['192.168.1.5:22000', '[fd00::1]:22000', '192.168.1.5:22000'])
  const parsed = parseSecret(link)
  assert.ok(parsed.ok)
  assert.deepEqual(parsed.value.hosts, ['192.168.1.5:22000', '[fd00::1]:22000'])
  assert.equal(parsed.value.name, 'Fotos & más')
  const odd = parseSecret(`${link}&host=%&host=&host=nonsense%20x&host=attic.example`)
  assert.ok(odd.ok && odd.value.hosts.at(-1) === 'attic.example:22000' && odd.value.hosts.length === 3)
})

test('a one-time secret with one wrong, missing, added or swapped character is refused', () => {
  const text = secretToText(oneTime)
  for (let at = 0; at < text.length; at++) {
    isRefused(text.slice(0, at) + text.slice(at + 1))
    isRefused(`${text.slice(0, at)}A${text.slice(at)}`)
    const [a = '', b = ''] = text.slice(at, at + 2)
    if (b !== '' && a !== b) isRefused(text.slice(0, at) + b + a + text.slice(at + 2))
    for (const character of ALPHABET) if (character !== a) isRefused(text.slice(0, at) + character + text.slice(at + 1))
  }
})
