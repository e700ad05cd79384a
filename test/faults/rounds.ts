/**
 * Two devices that receive, edit, delete and collide, round after round, and an oracle that knows every value that
 * anybody wrote: at the end of a round all that nobody overwrote or deleted by hand lies on both.
 */
import assert from 'node:assert/strict'
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { Homeseed } from '../support/homeseed.ts'
import type { Scratch } from '../support/scratch.ts'
import { treeOf } from '../support/trees.ts'
import { noise } from '../e2e/content.ts'
import { SHARE, assertSame, makeWorld } from '../e2e/devices.ts'
import type { Device, World } from '../e2e/devices.ts'
import { Faults } from './faults.ts'
import type { Strike } from './faults.ts'

export interface Rounds extends AsyncDisposable {
  readonly world: World
  readonly a: Device
  /** the one that things happen to */
  readonly b: Device
  readonly faults: Faults
  /** One round in which the power of the disk of `b` fails so long after it began. */
  cutPower(afterMs: number): Promise<void>
  /** One round; answers how many calls it took, and whether it struck. @throws when something was lost */
  run(strike: Strike | undefined): Promise<{ readonly calls: number; readonly hasStruck: boolean }>
}

/** A disk that can be brought back as it was at an instant. */
export interface FailingDisk extends Disposable {
  readonly path: string
  /** Remembers what the disk has been given. */
  readonly cutPower: () => void
  readonly pull: () => void
  /** As it was when the power failed. */
  readonly comeBack: () => void
}

/**
 * @param what  which of its folders the faults of `b` are in
 * @param disk  where both of them lie
 */
export async function startRounds(
  name: string,
  what: 'share' | 'home',
  disk?: (scratch: Scratch) => FailingDisk,
): Promise<Rounds> {
  const world = await makeWorld(name)
  const tools = await world.scratch.folder('tools')
  const own = disk?.(world.scratch)
  const home = join(own?.path ?? join(world.scratch.path, 'ben'), 'home')
  const folder = join(own?.path ?? join(world.scratch.path, 'ben'), 'folder')
  for (const path of [home, folder]) mkdirSync(path, { recursive: true })
  const faults = new Faults(tools, [what === 'share' ? folder : home])
  const a = await world.start('anna')
  const b: Device = { homeseed: await Homeseed.start({ home, name: 'ben', env: faults.env }), folder }
  await world.add(a)
  await world.join(b, a)
  const oracle = new Oracle()
  let round = 0
  prepare(a, oracle, 0)
  await assertSame(a, b)
  return {
    world,
    a,
    b,
    faults,
    async run(strike) {
      round += 1
      if (strike) faults.arm(strike)
      else faults.disarm()
      change(a, b, oracle, round)
      await a.homeseed.ask('POST', `/api/v1/shares/${SHARE}/rescan`)
      await settle(b)
      const [calls, struck] = [faults.calls, faults.struck]
      faults.disarm()
      if (struck > 0) {
        if (strike?.fault === 'kill') await b.homeseed.kill()
        else await b.homeseed.stop()
        checkIndex(home)
        await b.homeseed.restart()
      }
      const tree = await assertSame(a, b)
      oracle.check(a, tree)
      oracle.check(b, tree)
      return { calls, hasStruck: struck > 0 }
    },
    async cutPower(afterMs) {
      round += 1
      faults.disarm()
      change(a, b, oracle, round)
      await a.homeseed.ask('POST', `/api/v1/shares/${SHARE}/rescan`)
      await pause(afterMs)
      process.kill(b.homeseed.pid, 'SIGSTOP')
      own?.cutPower()
      await b.homeseed.kill()
      own?.pull()
      own?.comeBack()
      checkIndex(home)
      await b.homeseed.restart()
      const tree = await assertSame(a, b)
      oracle.check(a, tree)
      oracle.check(b, tree)
    },
    async [Symbol.asyncDispose]() {
      faults.disarm()
      faults[Symbol.dispose]()
      await b.homeseed[Symbol.asyncDispose]()
      own?.[Symbol.dispose]()
      await world[Symbol.asyncDispose]()
    },
  }
}

/** Waits until it holds the same as the other, or has died of it, or what failed has kept it from that. */
async function settle({ homeseed }: Device): Promise<void> {
  // it may be dead
  await homeseed.ask('POST', '/api/v1/wait', { share: SHARE, peers: 1, timeoutSeconds: 3 }).catch(() => undefined)
}

/** Nothing of the index is damaged. */
function checkIndex(home: string): void {
  const index = new Database(join(home, 'homeseed.db'))
  try {
    assert.equal(index.pragma('integrity_check', { simple: true }), 'ok')
  } finally {
    index.close()
  }
}

class Oracle {
  /** every value that was ever written */
  readonly #written = new Set<string>()
  /** those that somebody has overwritten or deleted by hand, where they lay */
  readonly #gone = new Set<string>()

  /** Puts it there whole, as a careful program does. */
  write({ folder }: Device, path: string, content: string): void {
    const at = join(folder, path)
    mkdirSync(dirname(at), { recursive: true })
    const beside = join(folder, '..', 'being-written')
    writeFileSync(beside, content, { flush: true })
    this.#displaced(at)
    renameSync(beside, at)
    flushFolder(dirname(at))
    this.#written.add(content)
  }

  remove({ folder }: Device, path: string): void {
    this.#displaced(join(folder, path))
    rmSync(join(folder, path), { recursive: true, force: true })
  }

  check({ folder }: Device, tree: ReadonlyMap<string, { readonly type: string }>): void {
    const there = new Map(
      [...tree]
        .filter(([, { type }]) => type === 'file')
        .map(([path]) => [readFileSync(join(folder, path), 'utf8'), path]),
    )
    for (const [content, path] of there)
      assert.ok(this.#written.has(content), `${path} holds what nobody wrote: ${content.slice(0, 60)}`)
    for (const content of this.#written)
      if (!this.#gone.has(content)) assert.ok(there.has(content), `lost: ${content.slice(0, 60)}`)
    const archive = join(folder, '.homeseed/archive')
    if (existsSync(archive))
      for (const [path, { type }] of treeOf(archive))
        if (type === 'file') {
          const content = readFileSync(join(archive, path), 'utf8')
          assert.ok(this.#written.has(content), `the archive's ${path} holds what nobody wrote`)
        }
  }

  #displaced(at: string): void {
    try {
      for (const name of readdirSync(at)) this.#displaced(join(at, name))
    } catch {
      if (existsSync(at)) this.#gone.add(readFileSync(at, 'utf8'))
    }
  }
}

function flushFolder(path: string): void {
  const folder = openSync(path, 'r')
  fsyncSync(folder)
  closeSync(folder)
}

const big = (round: number, seed: number): string =>
  `big ${round} ${seed} ${noise(200_000, round * 7 + seed).toString('base64')}`

/** What the next round changes. */
function prepare(a: Device, oracle: Oracle, round: number): void {
  for (const name of ['edited', 'deleted', 'moved', 'becomes-folder', 'collides', 'mode', 'edited-while-deleted'])
    oracle.write(a, `${round}/${name}`, `${name} ${round} before`)
  oracle.write(a, `${round}/big`, big(round, 1))
  oracle.write(a, `${round}/folder/in/it`, `in a folder ${round}`)
  oracle.write(a, `${round}/becomes-file/in it`, `in what becomes a file ${round}`)
}

function change(a: Device, b: Device, oracle: Oracle, round: number): void {
  const old = round - 1
  prepare(a, oracle, round)
  oracle.write(a, `${old}/collides`, `collides ${old} by a`)
  oracle.write(b, `${old}/collides`, `collides ${old} by b`)
  oracle.write(b, `${old}/made by b`, `made by b ${old}`)
  oracle.write(b, `${old}/edited-while-deleted`, `edited while deleted ${old} by b`)
  oracle.remove(a, `${old}/edited-while-deleted`)
  oracle.write(a, `${old}/edited`, `edited ${old} after`)
  oracle.write(a, `${old}/big`, big(old, 2))
  oracle.remove(a, `${old}/deleted`)
  renameSync(join(a.folder, `${old}/moved`), join(a.folder, `${old}/moved on`))
  oracle.remove(a, `${old}/becomes-folder`)
  oracle.write(a, `${old}/becomes-folder/in it`, `in what became a folder ${old}`)
  oracle.remove(a, `${old}/becomes-file`)
  oracle.write(a, `${old}/becomes-file`, `became a file ${old}`)
  oracle.remove(a, `${old}/folder`)
  chmodSync(join(a.folder, `${old}/mode`), 0o755)
  symlinkSync('edited', join(a.folder, `${old}/link`))
}
