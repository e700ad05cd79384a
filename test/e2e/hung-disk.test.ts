/** A disk that does not answer any more freezes its own share and nothing else. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { needRoot, needTool } from '../support/need-tool.ts'
import { endWithMe, until } from '../support/scratch.ts'
import { isMounted } from '../support/loop-disk.ts'
import { readIfThere } from '../support/trees.ts'
import { SHARE, assertSame, makeWorld } from './devices.ts'
import type { Device } from './devices.ts'

/** The same folder once more, through a program that can be stopped. */
function mirror(bindfs: string, folder: string, at: string) {
  const program = spawn(bindfs, ['-f', folder, at], { stdio: 'ignore', detached: true })
  endWithMe(program)
  return {
    hang: () => void program.kill('SIGSTOP'),
    goOn: () => void program.kill('SIGCONT'),
    [Symbol.dispose]() {
      program.kill('SIGCONT')
      spawnSync('umount', ['-l', at])
      program.kill('SIGKILL')
    },
  }
}

test('a share whose disk hangs is said to, the others go on, and so does it once the disk answers', async (t) => {
  if (!needRoot(t)) return
  const bindfs = needTool(t, 'bindfs')
  if (!bindfs) return
  await using world = await makeWorld('hung')
  const below = await world.scratch.folder('below')
  const at = await world.scratch.folder('disk')
  using disk = mirror(bindfs, below, at)
  await until('it is mounted', () => isMounted(at))
  const [a, started] = await Promise.all([world.start('anna'), world.start('ben')])
  const b: Device = { ...started, folder: join(at, 'photos') }
  mkdirSync(b.folder)
  await world.add(a)
  for (let i = 0; i < 10; i++) writeFileSync(join(a.folder, `picture-${i}`), `picture ${i}`)
  await world.join(b, a)
  await assertSame(a, b)
  const [notesA, notesB] = [await world.scratch.folder('anna', 'notes'), await world.scratch.folder('ben', 'notes')]
  const { secret } = await a.homeseed.json<{ secret: string }>('share', 'add', notesA, '--name', 'notes')
  await b.homeseed.run('share', 'join', secret, notesB, '--name', 'notes')
  await b.homeseed.settled('notes')

  disk.hang()
  writeFileSync(join(a.folder, 'waits'), 'until the disk answers')
  await a.homeseed.run('share', 'rescan', SHARE)
  let slowestMs = 0
  await until(
    'it says that its disk hangs',
    async () => {
      const askedMs = performance.now()
      const { reason } = await b.homeseed.share(SHARE)
      slowestMs = Math.max(slowestMs, performance.now() - askedMs)
      return reason === 'hung'
    },
    { timeoutMs: 150_000, describe: () => b.homeseed.describe() },
  )
  assert.ok(slowestMs < 2000, `it took ${Math.round(slowestMs)} ms to answer`)
  writeFileSync(join(notesA, 'note'), 'goes on')
  await until('the other share goes on', () => readIfThere(join(notesB, 'note')) === 'goes on', {
    timeoutMs: 120_000,
    describe: () => b.homeseed.describe(),
  })
  assert.equal((await b.homeseed.share(SHARE)).reason, 'hung')
  disk.goOn()
  await until('it goes on by itself', () => readIfThere(join(b.folder, 'waits')) !== undefined, {
    describe: () => b.homeseed.describe(),
  })
  await assertSame(a, b)
})
