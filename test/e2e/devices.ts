/** Homeseeds on this machine that hold a share together, each a process with a home and a folder of its own. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { Access } from '../../appliance/sync/model/access.ts'
import { Homeseed } from '../support/homeseed.ts'
import { makeScratch, until } from '../support/scratch.ts'
import type { Scratch } from '../support/scratch.ts'
import { differences, treeOf } from '../support/trees.ts'
import type { Tree } from '../support/trees.ts'

/** What the share is called on every device here. */
export const SHARE = 'photos'

export interface Device {
  readonly homeseed: Homeseed
  /** its folder of the share */
  readonly folder: string
}

export interface World extends AsyncDisposable {
  readonly scratch: Scratch
  /** Starts a device without any share; its folder lies there, empty. */
  start(name: string): Promise<Device>
  /** Shares its folder. */
  add(device: Device): Promise<void>
  /** Joins with a secret of one device, and calls some others. */
  join(device: Device, of: Device, access?: Access, hosts?: readonly Device[]): Promise<void>
}

/** @param parent  where all of it is to lie */
export async function makeWorld(name: string, parent?: string): Promise<World> {
  const scratch = await makeScratch(name, parent)
  /** also those that are not there yet: when one cannot be started, nobody waits for the others */
  const started: Promise<Homeseed>[] = []
  return {
    scratch,
    start: async (deviceName) => {
      const starting = scratch.folder(deviceName, 'home').then((home) => Homeseed.start({ home, name: deviceName }))
      started.push(starting)
      return { homeseed: await starting, folder: realpathSync(await scratch.folder(deviceName, 'folder')) }
    },
    add: async ({ homeseed, folder }) => {
      await homeseed.run('share', 'add', folder, '--name', SHARE)
    },
    join: async ({ homeseed, folder }, of, access = 'read-write', hosts = [of]) => {
      const secret = await secretOf(of, access)
      const calls = hosts.flatMap((host) => ['--host', host.homeseed.listen])
      await homeseed.run('share', 'join', secret, folder, '--name', SHARE, ...calls)
    },
    [Symbol.asyncDispose]: async () => {
      const homeseeds = (await Promise.allSettled(started)).flatMap((each) =>
        each.status === 'fulfilled' ? [each.value] : [],
      )
      await Promise.all(homeseeds.map((homeseed) => homeseed[Symbol.asyncDispose]()))
      await scratch[Symbol.asyncDispose]()
    },
  }
}

/** Two devices that hold a share, both with the read-write secret unless the second is to have less. */
export async function startTwo(
  name: string,
  access: Access = 'read-write',
): Promise<World & { readonly a: Device; readonly b: Device }> {
  await using owned = new AsyncDisposableStack()
  const world = owned.use(await makeWorld(name))
  const [a, b] = await Promise.all([world.start('anna'), world.start('ben')])
  await world.add(a)
  await world.join(b, a, access)
  owned.move()
  return { ...world, a, b }
}

export async function secretOf({ homeseed }: Device, access: Access): Promise<string> {
  const flags = access === 'read-write' ? [] : [`--${access}`]
  return (await homeseed.json<{ secret: string }>('share', 'secret', SHARE, ...flags)).secret
}

/**
 * All say that they hold the same, an independent look agrees, and nothing half done is left. The first one waits
 * first: on it, changes may have been made that nobody has noticed yet.
 */
export async function assertSame(first: Device, ...others: readonly Device[]): Promise<Tree> {
  const all = [first, ...others]
  for (const { homeseed } of all) await homeseed.settled(SHARE)
  // what two of them agree on may still be on its way to a third
  if (others.length > 1) {
    for (const other of others) await untilSame(first, other)
    for (const { homeseed } of all) await homeseed.settled(SHARE)
  }
  const tree = treeOf(first.folder)
  for (const { folder } of others) assert.deepEqual(differences(tree, treeOf(folder)), [])
  for (const device of all) assert.deepEqual(temps(device), [])
  return tree
}

/** The folders become the same without anybody asking for a look. */
export async function untilSame(a: Device, b: Device, timeoutMs = 30_000): Promise<void> {
  await until('the folders are the same', () => differences(treeOf(a.folder), treeOf(b.folder)).length === 0, {
    timeoutMs,
    describe: async () =>
      [
        ...differences(treeOf(a.folder), treeOf(b.folder)),
        await a.homeseed.describe(),
        await b.homeseed.describe(),
      ].join('\n'),
  })
}

/** Files that are being received. */
export const temps = ({ folder }: Device): readonly string[] => readdirSync(join(folder, '.homeseed/tmp'))

/** Paths in the archive: what was replaced or deleted here. */
export function archived({ folder }: Device): readonly string[] {
  const archive = join(folder, '.homeseed/archive')
  return existsSync(archive) ? [...treeOf(archive).keys()].filter((path) => /~\d{8}-\d{6}/.test(path)) : []
}

export const contentsOf = (tree: Tree): readonly string[] =>
  [...tree.values()].flatMap(({ content }) => (content === '' ? [] : [content])).sort()

/** Where a device keeps what anybody wrote: its folder and its archive; `.homeseed/tmp` is never at rest. */
export const keptIn = ({ folder }: Device): readonly string[] =>
  [folder, join(folder, '.homeseed/archive')].filter((path) => existsSync(path))

export async function untilConnected(device: Device, isConnected = true): Promise<void> {
  await until(
    isConnected ? 'connected' : 'disconnected',
    async () => (await device.homeseed.share(SHARE)).peers.some(({ connected }) => connected) === isConnected,
    { describe: () => device.homeseed.describe() },
  )
}

/** It says so itself: what it has just put in place its watcher may still tell it to look at. */
export const untilInSync = ({ homeseed }: Device): Promise<true> =>
  until('it is in sync', async () => (await homeseed.share(SHARE)).state === 'in-sync', {
    describe: () => homeseed.describe(),
  })

export function makeFolders(folder: string, ...paths: readonly string[]): void {
  for (const path of paths) mkdirSync(join(folder, path), { recursive: true })
}
