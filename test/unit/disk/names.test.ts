import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, test } from 'node:test'
import { archivePath } from '../../../appliance/sync/archive/archive-name.ts'
import { displacementFromText, displacementToText } from '../../../appliance/sync/model/displacement.ts'
import { withSuffix } from '../../../appliance/sync/model/numbered-name.ts'
import { isSafeName, parseRelPath } from '../../../appliance/sync/model/rel-path.ts'
import type { RelPath } from '../../../appliance/sync/model/rel-path.ts'
import { compareBytes, sortByBytes } from '../../../appliance/sync/scan/byte-order.ts'

const anyName = fc.string({ unit: 'binary', minLength: 1, maxLength: 260 }).filter(isSafeName)

describe('names in the archive', () => {
  const at = Date.UTC(2026, 0, 31, 23, 59, 7)
  const table: readonly (readonly [path: string, attempt: number, expected: string])[] = [
    ['a.txt', 1, '.homeseed/archive/a~20260131-235907.txt'],
    ['a.txt', 2, '.homeseed/archive/a~20260131-235907-2.txt'],
    ['d/e/photo.tar.gz', 1, '.homeseed/archive/d/e/photo.tar~20260131-235907.gz'],
    ['.bashrc', 1, '.homeseed/archive/.bashrc~20260131-235907'],
    ['README', 12, '.homeseed/archive/README~20260131-235907-12'],
  ]
  for (const [path, attempt, expected] of table)
    test(`${path} (${attempt})`, () => assert.equal(archivePath(path as RelPath, at, attempt), expected))

  test('of any name: safe, no longer than a file system takes, told apart by attempt', () =>
    fc.assert(
      fc.property(anyName, fc.integer({ min: 1, max: 999 }), (name, attempt) => {
        const path = archivePath(name as RelPath, at, attempt)
        assert.ok(parseRelPath(path))
        assert.notEqual(path, archivePath(name as RelPath, at, attempt + 1))
      }),
    ))
})

test('a suffix goes before the extension, and characters stay whole', () => {
  assert.equal(withSuffix('a.txt', '-2'), 'a-2.txt')
  assert.equal(withSuffix(`${'é'.repeat(127)}`, '~1'), `${'é'.repeat(126)}~1`)
  assert.equal(withSuffix(`${'🐟'.repeat(60)}.jpg`, '~12345678901234'), `${'🐟'.repeat(59)}~12345678901234.jpg`)
  const long = `a.${'x'.repeat(250)}`
  assert.equal(withSuffix(long, '~1'), `${long}~1`)
})

describe('byte order', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', '-', '.', '/', '0', 'é', '\uD7FF', '\uE000', '\uFFFD', '🐟', '\u{10FFFF}'),
  })

  test('is the order of the UTF-8 bytes', () =>
    fc.assert(
      fc.property(text, text, (a, b) =>
        assert.equal(Math.sign(compareBytes(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b))),
      ),
    ))

  test('sorts names by it', () =>
    fc.assert(
      fc.property(fc.array(text), (names) =>
        assert.deepEqual(
          sortByBytes([...names]).map((name) => Buffer.from(name)),
          names.map((name) => Buffer.from(name)).sort((a, b) => Buffer.compare(a, b)),
        ),
      ),
    ))
})

test('where something displaced goes reads back as it was written', () => {
  const archived = `.homeseed/archive/${'d/'.repeat(255)}a~1` as RelPath
  for (const beside of [undefined, 'ñ "x"/a\n' as RelPath])
    assert.deepEqual(displacementFromText(displacementToText({ archived, beside })), { archived, beside })
  for (const text of ['', '[]', 'x', '{}', 'null', '["../a"]', '[3]'])
    assert.equal(displacementFromText(text), undefined)
})
