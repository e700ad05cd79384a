/**
 * Two devices that receive, edit, delete and collide, round after round. At the end of each all that nobody overwrote
 * or deleted by hand lies on both, and nothing else does (oracle.ts).
 */
import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { Homeseed } from '../support/homeseed.ts'
import { freeBytes, until } from '../support/scratch.ts'
import type { Scratch } from '../support/scratch.ts'
import { noise } from '../e2e/content.ts'
import { SHARE, assertSame, makeWorld } from '../e2e/devices.ts'
import type { Device, World } from '../e2e/devices.ts'
import { Faults } from './faults.ts'
import type { Strike } from './faults.ts'
import { BECOMES_FILE, COLLIDES, Oracle } from './oracle.ts'
import type { Check } from './oracle.ts'

export interface Rounds extends AsyncDisposable {
  readonly world: World
  readonly a: Device
  /** the one that things happen to */
  readonly b: Device
  readonly oracle: Oracle
  readonly faults: Faults
  /** One round; answers how many calls it took, and whether it struck. @throws when something was lost */
  run(strike: Strike | undefined): Promise<{ readonly calls: number; readonly hasStruck: boolean }>
  /** People change this and that on both. */
  change(): Promise<void>
  /** Both agree, and the oracle with them. */
  settle(check?: Check): Promise<void>
}

export type Where = 'share' | 'home' | 'both'

export interface RoundsOptions {
  /** in which of its folders the faults of `b` are */
  readonly what?: Where
  /** where `b` is to have its folders, unless beside the others */
  readonly places?: (scratch: Scratch) => { readonly home?: string; readonly folder?: string }
}

/** All that may lie in `.homeseed` once a device is at rest. */
const OURS: readonly string[] = ['archive', 'life', 'share', 'spare', 'tmp']

/** So long each generation of files is there. */
const KEPT_ROUNDS = 3

export async function startRounds(name: string, { what = 'share', places }: RoundsOptions = {}): Promise<Rounds> {
  await using begun = new AsyncDisposableStack()
  const world = begun.use(await makeWorld(name, await quickFolder()))
  const own = places?.(world.scratch)
  const home = own?.home ?? join(world.scratch.path, 'ben', 'home')
  const folder = own?.folder ?? join(world.scratch.path, 'ben', 'folder')
  for (const path of [home, folder]) mkdirSync(path, { recursive: true })
  const faults = begun.use(
    new Faults(await world.scratch.folder('tools'), [
      ...(what === 'home' ? [] : [folder]),
      ...(what === 'share' ? [] : [home]),
    ]),
  )
  const a = await world.start('anna')
  const homeseed = begun.use(await Homeseed.start({ home, name: 'ben', env: faults.env }))
  const b: Device = { homeseed, folder }
  await world.add(a)
  await world.join(b, a)
  const oracle = new Oracle([a, b])
  let round = 0
  const change = async () => {
    round += 1
    changeAll(a, b, oracle, round)
    // what is younger than a tick of the disk's clock would be looked at twice
    await pause(25)
    await a.homeseed.ask('POST', `/api/v1/shares/${SHARE}/rescan`)
  }
  const settle = async (check: Check = {}) => {
    const tree = await assertSame(a, b)
    oracle.check(tree, check)
    await assertTidy(a)
    await assertTidy(b)
  }
  prepare(a, oracle, 0)
  await settle()
  const owned = begun.move()
  return {
    world,
    a,
    b,
    oracle,
    faults,
    change,
    settle,
    async run(strike) {
      if (strike) faults.arm(strike)
      else faults.disarm()
      await change()
      await untilSettled(b)
      const [calls, struck] = [faults.calls, faults.struck]
      faults.disarm()
      if (struck > 0) {
        if (strike?.fault === 'kill') await b.homeseed.kill()
        // the other half goes on by itself
        else if (round % 2 === 0) await b.homeseed.stop()
        if (strike?.thenAt !== undefined) await dieAgain(b, faults, strike.thenAt)
        checkIndex(b)
        if (b.homeseed.isRunning) await rescan(b)
        else await b.homeseed.restart()
      }
      await settle()
      oracle.checkArchives()
      return { calls, hasStruck: struck > 0 }
    },
    async [Symbol.asyncDispose]() {
      faults.disarm()
      await owned[Symbol.asyncDispose]()
    },
  }
}

/** In memory where there is room: nothing here depends on what a disk makes of it, and each flush would take its time. */
async function quickFolder(): Promise<string> {
  const memory = '/dev/shm'
  return existsSync(memory) && (await freeBytes(memory)) > 2 ** 31 ? memory : tmpdir()
}

export const rescan = ({ homeseed }: Device): Promise<unknown> =>
  // what is in trouble refuses it, and tries once more all the same
  homeseed.ask('POST', `/api/v1/shares/${SHARE}/rescan`).catch(() => undefined)

/** Waits until it holds the same as the other, or has died of it, or what failed has kept it from that. */
async function untilSettled({ homeseed }: Device): Promise<void> {
  // it may be dead
  await homeseed.ask('POST', '/api/v1/wait', { share: SHARE, peers: 1, timeoutSeconds: 3 }).catch(() => undefined)
}

/** It ends as well when it starts, in the midst of putting right what came of the first time. */
async function dieAgain(b: Device, faults: Faults, at: number): Promise<void> {
  faults.arm({ at, fault: 'kill' })
  // it may end before it answers anything
  await b.homeseed.restart().catch(() => undefined)
  await untilSettled(b)
  await b.homeseed.kill()
  faults.disarm()
}

/** Nothing of the index is damaged. */
export function checkIndex({ homeseed: { home } }: Device): void {
  const index = new Database(join(home, 'homeseed.db'))
  try {
    assert.equal(index.pragma('integrity_check', { simple: true }), 'ok')
  } finally {
    index.close()
  }
}

/** A probe of the disk may be under way. */
const assertTidy = ({ folder }: Device): Promise<true> => {
  const left = () => readdirSync(join(folder, '.homeseed')).filter((name) => !OURS.includes(name))
  return until('nothing is left behind', () => left().length === 0, { timeoutMs: 5000, describe: () => left().join() })
}

const big = (round: number, seed: number): string =>
  `big ${round} ${seed} ${noise(200_000, round * 7 + seed).toString('base64')}`

/** What the next round changes. */
function prepare(a: Device, oracle: Oracle, round: number): void {
  for (const name of ['edited', 'deleted', 'moved', 'becomes-folder', COLLIDES, 'mode', 'edited-while-deleted'])
    oracle.write(a, `${round}/${name}`, `${name} ${round} before`)
  oracle.write(a, `${round}/big`, big(round, 1))
  oracle.write(a, `${round}/folder/in/it`, `in a folder ${round}`)
  oracle.write(a, `${round}/${BECOMES_FILE}/in it`, `in what becomes a file ${round}`)
}

function changeAll(a: Device, b: Device, oracle: Oracle, round: number): void {
  const old = round - 1
  prepare(a, oracle, round)
  oracle.write(a, `${old}/${COLLIDES}`, `collides ${old} by a`)
  oracle.write(b, `${old}/${COLLIDES}`, `collides ${old} by b`)
  oracle.write(b, `${old}/made by b`, `made by b ${old}`)
  oracle.write(b, `${old}/edited-while-deleted`, `edited while deleted ${old} by b`)
  oracle.remove(a, `${old}/edited-while-deleted`)
  oracle.write(a, `${old}/edited`, `edited ${old} after`)
  oracle.write(a, `${old}/big`, big(old, 2))
  oracle.remove(a, `${old}/deleted`)
  renameSync(join(a.folder, `${old}/moved`), join(a.folder, `${old}/moved on`))
  oracle.remove(a, `${old}/becomes-folder`, 'replaced')
  oracle.write(a, `${old}/becomes-folder/in it`, `in what became a folder ${old}`)
  oracle.remove(a, `${old}/${BECOMES_FILE}`, 'replaced')
  oracle.write(a, `${old}/${BECOMES_FILE}`, `became a file ${old}`)
  oracle.remove(a, `${old}/folder`)
  chmodSync(join(a.folder, `${old}/mode`), 0o755)
  symlinkSync('edited', join(a.folder, `${old}/link`))
  oracle.remove(b, `${old - KEPT_ROUNDS}/big`)
  oracle.remove(a, `${old - KEPT_ROUNDS}`)
}
