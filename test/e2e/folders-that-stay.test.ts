/** A folder that a peer deleted, but that holds what is no part of the share, stays and keeps nobody waiting. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { removeTree } from '../support/remove-tree.ts'
import { SHARE, assertSame, startTwo } from './devices.ts'

const kinds: readonly (readonly [string, (folder: string) => void])[] = [
  ['a name that is no text', (folder) => writeFileSync(Buffer.from(`${folder}/f\u00ff`, 'latin1'), 'x')],
  ['a pipe', (folder) => void spawnSync('mkfifo', [join(folder, 'pipe')])],
]

for (const [what, make] of kinds) {
  test(`a deleted folder with ${what} in it`, async () => {
    await using world = await startTwo('stays')
    const { a, b } = world
    mkdirSync(join(a.folder, 'album'))
    writeFileSync(join(a.folder, 'album/one'), 'picture one')
    await assertSame(a, b)
    make(join(b.folder, 'album'))
    removeTree(join(a.folder, 'album'))
    await a.homeseed.settled(SHARE)
    await b.homeseed.settled(SHARE)
    assert.equal(readdirSync(join(b.folder, 'album'), { encoding: 'buffer' }).length, 1)
    assert.ok(existsSync(join(a.folder, 'album')), 'the folder is kept everywhere')
  })
}
