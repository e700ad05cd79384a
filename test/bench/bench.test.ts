/** The bench runs and prints; how fast anything is, it says itself. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { needTool } from '../support/need-tool.ts'
import { makeScratch } from '../support/scratch.ts'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))

test('the bench prints one table per scenario, Syncthing beside us', async (t) => {
  if (!needTool(t, 'syncthing')) return
  await using scratch = await makeScratch('bench-test')
  const json = join(scratch.path, 'results.json')
  const args = [main, '--quick', '--dir', scratch.path, '--json', json]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  for (const title of ['What this machine can do', 'S1: ', 'S2: ', 'S3: ', 'S4: '])
    assert.ok(stdout.includes(title), stdout)
  assert.equal(stdout.match(/^ratio /gm)?.length, 2)
  const { s1, s2, s4 } = JSON.parse(readFileSync(json, 'utf8'))
  assert.deepEqual(
    [Object.keys(s1), Object.keys(s2)],
    [
      ['homeseed', 'syncthing'],
      ['homeseed', 'syncthing'],
    ],
  )
  assert.ok(Object.keys(s4).length === 2)
})

test('a scenario that is not there is refused', async () => {
  await assert.rejects(promisify(execFile)(process.execPath, [main, 's99']), { code: 2 })
})
