import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { IgnoreRules, ruleOf } from '../../../appliance/sync/model/ignore-rules.ts'

interface Vectors {
  readonly paths: readonly string[]
  readonly cases: readonly {
    readonly rules: readonly string[]
    readonly ignored?: readonly string[]
    readonly bad?: true
  }[]
}
const file = new URL('../../vectors/ignore-rules.json', import.meta.url)
const { paths, cases } = JSON.parse(readFileSync(file, 'utf8')) as Vectors

/** Undefined: they are refused. Including a file is nothing that patterns can do. */
function rulesOf(lines: readonly string[]): IgnoreRules | undefined {
  const found = lines.flatMap((line) => ruleOf(line) ?? [])
  const rules = found.flatMap((each) => ('rule' in each ? [each.rule] : []))
  const parsed = IgnoreRules.parse(rules)
  return parsed.ok && rules.length === found.length ? parsed.value : undefined
}

const good = (...lines: readonly string[]): IgnoreRules => {
  const rules = rulesOf(lines)
  assert.ok(rules, lines.join(' | '))
  return rules
}

test('patterns ignore what they ignore in Syncthing', () => {
  assert.ok(cases.length > 100)
  for (const { rules, ignored = [], bad } of cases) {
    const ours = rulesOf(rules)
    if (bad) assert.equal(ours, undefined, `${JSON.stringify(rules)} is to be refused`)
    else
      assert.deepEqual(
        paths.filter((path) => ours?.ruling(path) !== 'taken'),
        ignored,
        JSON.stringify(rules),
      )
  }
})

test('what Syncthing half understands is refused', () => {
  for (const line of ['{a', 'a{b,{c}', 'a\\', '[a', '[z-a]']) assert.equal(rulesOf([line]), undefined, line)
})

test('a name is the same however its accents are put together', () => {
  for (const rule of ['caf\u00e9', 'cafe\u0301'])
    for (const path of ['caf\u00e9', 'cafe\u0301', 'a/cafe\u0301/b'])
      assert.equal(good(rule).ruling(path), 'ignored', `${rule} ${path}`)
})

test('an ignored folder is looked into only where an exception may lie', () => {
  const table: readonly (readonly [rules: readonly string[], path: string, ruling: string])[] = [
    [['a'], 'a', 'ignored'],
    [['!/a/b', 'a'], 'a', 'folder'],
    [['!/a/b', 'a'], 'a/c', 'ignored'],
    [['!/a/b', 'a'], 'x/a', 'ignored'],
    [['a', '!/a/b'], 'a', 'ignored'],
    [['!b', 'a'], 'a/c/d', 'folder'],
    [['!/a/*/keep', '/a'], 'a/x', 'folder'],
    [['!/a/*/keep', '/a'], 'a/x/y', 'ignored'],
  ]
  for (const [rules, path, ruling] of table)
    assert.equal(good(...rules).ruling(path), ruling, `${rules.join()} ${path}`)
})

test('the shared rules themselves are never ignored', () => {
  assert.equal(good('*', '.*').ruling('.syncignore.shared'), 'taken')
})

test('what may go with its folder', () => {
  const rules = good('(?d)*.tmp', 'keep', '(?d)keep.too')
  assert.deepEqual(
    ['a.tmp', 'x/b.tmp', 'keep', 'other', 'keep.too'].map((path) => rules.isDisposable(path)),
    [true, true, false, false, true],
  )
})

const piece = fc.constantFrom('*', '**', '?', 'a', 'b', '/', '{a,b*}', '[ab]', '[!a]', 'a*', '.', '\\*')
const pattern = fc.array(piece, { minLength: 1, maxLength: 8 }).map((pieces) => pieces.join(''))
const path = fc
  .array(fc.stringMatching(/^[ab*.]{1,4}$/), { minLength: 1, maxLength: 4 })
  .map((names) => names.join('/'))

/** The same pattern as a regular expression, which tries things again and again. */
function slowly(line: string): RegExp {
  const isRooted = line.startsWith('/')
  const anywhere = line.startsWith('**/') ? line.slice(3) : line
  const inside = line.endsWith('/') ? `${anywhere}**` : anywhere
  const text = isRooted ? inside.slice(1) : inside
  const source = text.replace(/\*\*|\*|\?|\{a,b\*\}|\[ab\]|\[!a\]|\\\*|[./]|[ab]/g, (each) => {
    const known: Readonly<Record<string, string>> = {
      '**': '.*',
      '*': '[^/]*',
      '?': '[^/]',
      '{a,b*}': '(?:a|b[^/]*)',
      '[ab]': '[ab]',
      '[!a]': '[^a]',
      '\\*': '\\*',
    }
    return known[each] ?? (each === '.' ? '\\.' : each)
  })
  const below = line.endsWith('/') || line.endsWith('/**') ? '' : '(?:/.*)?'
  return new RegExp(`^${isRooted ? '' : '(?:.*/)?'}${source}${below}$`, 's')
}

test('matching many at once gives what matching one by one gives', () =>
  fc.assert(
    fc.property(fc.array(pattern, { minLength: 1, maxLength: 5 }), path, (lines, at) => {
      // between plain names alone `/**/` also stands for `/`
      fc.pre(lines.every((line) => !line.includes('/**/')))
      const first = lines.find((line) => slowly(line).test(at))
      assert.equal(good(...lines).ruling(at), first === undefined ? 'taken' : 'ignored')
    }),
    { numRuns: 500 },
  ))

test('no pattern makes matching slow', () => {
  const lines = [`${'*a'.repeat(50)}b`, `${'**a'.repeat(50)}b`, `${'{a,a,a}'.repeat(30)}*b`, `${'a?*'.repeat(40)}b`]
  const rules = good(...lines)
  for (let i = 0; i < 300; i++) assert.equal(rules.ruling(`${'a'.repeat(250)}/${'a'.repeat(i % 250)}c`), 'taken')
})

test('too many rules are refused', () => {
  assert.equal(rulesOf(Array.from({ length: 3000 }, (_, i) => `name ${i}`)), undefined)
  assert.equal(rulesOf([`{${'{'.repeat(100)}a${'}'.repeat(100)}}`]), undefined)
})

test('any text is understood or refused', () =>
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 40 })), fc.string({ unit: 'binary' }), (lines, at) => {
      const parsed = IgnoreRules.parse(lines)
      if (parsed.ok) assert.ok(['taken', 'ignored', 'folder'].includes(parsed.value.ruling(at)))
    }),
    { numRuns: 50 },
  ))
