import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { test } from 'node:test'
import { formatBytes, formatCount, formatEta, formatPercent, formatRate } from '../../ui/format.ts'
import { plainText, textWidth } from '../../ui/plain-text.ts'
import { stateLooks, stateWord, stateWords, worstWord } from '../../ui/share-state.ts'
import type { StateWord } from '../../ui/share-state.ts'
import { catalogue, preferredLanguage } from '../../ui/texts/texts.ts'
import { userErrorText } from '../../ui/user-error-text.ts'
import type { View } from '../../ui/view.ts'
import { emptyShare, peer } from '../support/memory-sync-service.ts'
import type { ShareStatus } from '../../appliance/sync/status.ts'

const { en, es } = catalogue

test('sizes in powers of 1000, two digits that matter below ten', () => {
  const table: readonly (readonly [bytes: number, text: string])[] = [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [1500, '1.5 kB'],
    [9949, '9.9 kB'],
    [9950, '10 kB'],
    [999_499, '999 kB'],
    [999_600, '1 MB'],
    [4_200_000_000, '4.2 GB'],
    [188e9, '188 GB'],
    [4e12, '4 TB'],
    [-5, '0 B'],
  ]
  for (const [bytes, text] of table) assert.equal(formatBytes(bytes), text)
  assert.equal(formatBytes(4.2e9, 'es'), '4,2 GB')
  assert.equal(formatCount(12_304), '12,304')
})

test('nothing that stands still has a speed', () => {
  assert.equal(formatRate(0, en), '')
  assert.equal(formatRate(11e6, en), '11 MB/s')
})

test('100 % is said only when it is all', () => {
  assert.equal(formatPercent(0.999999), '99 %')
  assert.equal(formatPercent(1), '100 %')
  assert.equal(formatPercent(-1), '0 %')
  assert.equal(formatPercent(Number.NaN), '0 %')
})

test('time left in words that do not jump about', () => {
  const table: readonly (readonly [seconds: number | null | undefined, text: string])[] = [
    [undefined, ''],
    [null, ''],
    [Number.NaN, ''],
    [-1, ''],
    [0, 'a few seconds'],
    [9.9, 'a few seconds'],
    [10, 'about 10 s'],
    [52, 'about 50 s'],
    [55, 'about 1 min'],
    [61, 'about 2 min'],
    [59 * 60, 'about 59 min'],
    [3600, 'about 1 h'],
    [2 * 3600 + 12 * 60, 'about 2 h 10 min'],
    [3600 * 24, 'about 24 h'],
    [3600 * 24 + 1, 'more than a day'],
    [Infinity, 'more than a day'],
  ]
  for (const [seconds, text] of table) assert.equal(formatEta(seconds, en), text, String(seconds))
  assert.equal(formatEta(300, es), 'unos 5 min')
})

test('what would move the cursor or turn the text is shown as what it is', () => {
  assert.equal(plainText('a\u001b[2Jb\r\nc\u202etxt.exe\u2066'), 'a�[2Jb��c�txt.exe�')
  assert.equal(plainText('Fotos de Íñigo 📷 家'), 'Fotos de Íñigo 📷 家')
})

test('columns that a text takes on a terminal', () => {
  assert.equal(textWidth('abc'), 3)
  assert.equal(textWidth('家族'), 4)
  assert.equal(textWidth('e\u0301'), 1)
  assert.equal(textWidth('📷'), 2)
})

const states: readonly (readonly [change: Partial<ShareStatus>, word: StateWord])[] = [
  [{ state: 'in-sync', files: 5, peers: [peer('a')] }, 'upToDate'],
  [{ state: 'in-sync', files: 5 }, 'upToDate'],
  [{ state: 'in-sync', files: 0 }, 'waiting'],
  [{ state: 'in-sync', files: 5, rateOut: 100, peers: [peer('a', { completion: 0.5 })] }, 'sending'],
  [{ state: 'in-sync', files: 5, rateOut: 0, peers: [peer('a', { completion: 0.5 })] }, 'upToDate'],
  [{ state: 'syncing', needBytes: 5, peers: [peer('a')] }, 'receiving'],
  [{ state: 'syncing', needBytes: 5, peers: [peer('a', { connected: false })] }, 'waiting'],
  [{ state: 'syncing', needBytes: 5 }, 'waiting'],
  [{ state: 'scanning' }, 'indexing'],
  [{ state: 'paused' }, 'paused'],
  [{ state: 'disk-missing' }, 'diskMissing'],
  [{ state: 'disk-full' }, 'diskFull'],
  [{ state: 'held' }, 'problem'],
  [{ state: 'error' }, 'problem'],
]
for (const [change, word] of states)
  test(`${JSON.stringify(change).slice(0, 60)} is called ${word}`, () =>
    assert.equal(stateWord({ ...emptyShare, ...change }), word))

test('where there is room for one word, the worst wins', () => {
  const share = (state: ShareStatus['state']) => ({ ...emptyShare, files: 1, state, peers: [peer('a')] })
  assert.equal(worstWord([share('in-sync'), share('disk-missing'), share('syncing')]), 'diskMissing')
  assert.equal(worstWord([share('error'), share('disk-missing')]), 'problem')
  assert.equal(worstWord([]), undefined)
})

test('every state word has an icon, a tone and a text in every language', () => {
  for (const word of stateWords) {
    assert.ok(stateLooks[word].icon)
    for (const { state } of Object.values(catalogue)) assert.ok(state[word])
  }
})

/** All texts as `path: text`; functions are called with what they may be given. */
function texts(branch: object, path = ''): readonly (readonly [string, string])[] {
  return Object.entries(branch).flatMap(([key, value]) => {
    const here = `${path}.${key}`
    if (typeof value === 'string') return [[here, value] as const]
    if (typeof value === 'function')
      return [[here, String((value as (...args: unknown[]) => unknown)(2, '2', '2'))] as const]
    return texts(value as object, here)
  })
}

test('no text is empty, and none is left in the other language', () => {
  const english = new Map(texts(en))
  const same = new Set([
    '.appName',
    '.units.perSecond',
    '.eta.aboutSeconds',
    '.summary.worst',
    '.summary.now',
    '.summary.isNow',
  ])
  for (const [path, text] of texts(es)) {
    assert.ok(text.trim() !== '', path)
    if (!same.has(path)) assert.notEqual(text, english.get(path), path)
  }
})

test('words that frighten or say nothing are not used', () => {
  for (const [path, text] of texts(en))
    assert.doesNotMatch(text, /are you sure|\binvalid\b|error occurred|\bnode\b|\bhash\b|infohash|peer ID/i, path)
})

const appliance = new URL('../../appliance/sync/', import.meta.url)
const sources = readdirSync(appliance, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(new URL(name, appliance), 'utf8'))

test('every refusal of the engine has words in every language', () => {
  const codes = sources.flatMap((source) =>
    [...source.matchAll(/new UserError\(\s*'([\w-]+)'/g)].map(([, code]) => code),
  )
  assert.ok(codes.length > 5)
  const onlyForScripts = ['no-shares']
  const known = Object.keys(en.userErrors).map((key) => key.split('/')[0])
  for (const code of codes) assert.ok(onlyForScripts.includes(code ?? '') || known.includes(code), code)
})

test('every reason why a path is not synced has words in Spanish', () => {
  const waits = sources.flatMap((source) => [
    ...source.matchAll(/#waiting\.add\(path, ['`]([^'`]+?)(?: \(\$.*?)?['`]/g),
  ])
  const reasons = waits.map(([, reason]) => reason ?? '')
  assert.ok(reasons.length > 15)
  const own = sources.flatMap((source) => [...source.matchAll(/^const NOBODY = '([^']+)'/gm)])
  assert.equal(own.length, 2)
  for (const reason of [...reasons, ...own.map(([, reason = '']) => reason)])
    assert.ok(es.problemReasons[reason], reason)
})

test('an error that lacks what its text names is told in its own words', () => {
  const view = { t: es, language: 'es' } as View
  const error = { code: 'share-known', message: 'Known: \u202e', details: { name: 'Fotos', path: '/srv/fotos' } }
  assert.match(userErrorText(view, error), /«Fotos» en \/srv\/fotos\.$/)
  assert.equal(userErrorText(view, { ...error, details: { name: 'Fotos' } }), 'Known: �')
  assert.equal(userErrorText(view, { ...error, code: 'new-one' }), 'Known: �')
  const mistyped = (missing: number) =>
    userErrorText(view, { code: 'secret-mistyped', message: '', details: { kind: 'too-short', missing } })
  assert.match(mistyped(1), /falta 1 carácter/)
  assert.match(mistyped(2), /faltan 2 caracteres/)
})

test("the browser's first wish that there is", () => {
  assert.equal(preferredLanguage('fr-FR,es;q=0.8,en;q=0.5'), 'es')
  assert.equal(preferredLanguage('de'), 'en')
  assert.equal(preferredLanguage(undefined), 'en')
})
