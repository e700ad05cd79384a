import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isIgnored, isTempName } from '../../../appliance/sync/model/ignored.ts'
import type { RelPath } from '../../../appliance/sync/model/rel-path.ts'

const ignored = [
  '.homeseed',
  '.homeseed/archive/a.txt',
  'photos/.homeseed/share',
  '.HomeSeed',
  '.homeseed.',
  '.homeseed ',
  '.home\u200cseed',
  'HOMESE~1',
  'homese~2/share',
  '.stfolder',
  '.stfolder (2)/x',
  '.stversions/a~20260101-000000.txt',
  '.stignore',
  '.syncignore',
  '.syncthing.a.txt.tmp',
  'a/b/.syncthing.c.tmp',
  '~syncthing~a.txt.tmp',
]
const kept = [
  'a',
  'homeseed',
  '.homeseeds',
  '.homeseed2',
  'a/.stfolder',
  'a/.stignore',
  '.syncthing.a',
  'syncthing.tmp',
  'a.tmp',
  '~syncthing~',
  'ñ/日本/🐟',
  '__proto__',
]

for (const path of ignored) test(`ignored: ${path}`, () => assert.equal(isIgnored(path as RelPath), true))
for (const path of kept) test(`not ignored: ${path}`, () => assert.equal(isIgnored(path as RelPath), false))

test('what Syncthing is still receiving', () => {
  assert.equal(isTempName('.syncthing.a.txt.tmp'), true)
  assert.equal(isTempName('.homeseed'), false)
})
