/** Homeseed and Syncthing as a bench uses them: two devices of a kind, one full folder and one empty one. */
import { setTimeout as pause } from 'node:timers/promises'
import { Homeseed } from '../support/homeseed.ts'
import { until } from '../support/scratch.ts'
import { Syncthing } from '../support/syncthing.ts'

export interface PairFolders {
  /** full */
  readonly a: string
  /** empty */
  readonly b: string
  readonly homeA: string
  readonly homeB: string
}

export interface Pair extends AsyncDisposable {
  /** process ids of the two sides; what they started counts too */
  readonly pids: { readonly a: number; readonly b: number }
  /** Shares folder `a`; resolves when all its files are in the index. */
  index(files: number): Promise<void>
  /** Lets `b` have it; resolves when the command for that is done, not the work. */
  connect(): Promise<void>
  /** Whether `b` says that it holds all. */
  isDone(files: number): Promise<boolean>
  /** Syncthing only: how long a change waits to be looked at. */
  setWatcherDelay?(seconds: number): Promise<void>
}

export interface Engine {
  readonly name: 'homeseed' | 'syncthing'
  /** Starts both devices. */
  start(folders: PairFolders): Promise<Pair>
}

const SHARE = 'bench'
const POLL_MS = 100
const INDEX_MS = 600_000
const patience = { timeoutMs: INDEX_MS, between: () => pause(POLL_MS) }

export const homeseed: Engine = {
  name: 'homeseed',
  start: async ({ a, b, homeA, homeB }) => {
    const [first, second] = await Promise.all([
      Homeseed.start({ home: homeA, name: 'first' }),
      Homeseed.start({ home: homeB, name: 'second' }),
    ])
    return {
      pids: { a: first.pid, b: second.pid },
      index: async (files) => {
        await first.ask('POST', '/api/v1/shares', { path: a, name: SHARE })
        const isIndexed = async () => {
          const share = await first.share(SHARE)
          return share.state === 'in-sync' && share.files === files
        }
        await until('indexed', isIndexed, { ...patience, describe: () => first.describe() })
      },
      connect: async () => {
        const { secret } = await first.ask<{ secret: string }>('POST', `/api/v1/shares/${SHARE}/secret`, {})
        await second.ask('POST', '/api/v1/shares/join', { secret, path: b, name: SHARE, hosts: [first.listen] })
      },
      isDone: async (files) => {
        const share = await second.share(SHARE)
        return share.state === 'in-sync' && share.files === files && share.needFiles === 0
      },
      [Symbol.asyncDispose]: async () => {
        await Promise.all([first[Symbol.asyncDispose](), second[Symbol.asyncDispose]()])
      },
    }
  },
}

/** With the settings that it comes with, fsync of every file among them. */
export const syncthing = (program: string): Engine => ({
  name: 'syncthing',
  start: async ({ a, b, homeA, homeB }) => {
    const [first, second] = await Promise.all([
      Syncthing.start({ program, home: homeA, name: 'first' }),
      Syncthing.start({ program, home: homeB, name: 'second' }),
    ])
    const delay = { watcherDelaySeconds: 10 }
    await first.addDevice(second.device, { address: second.listen })
    await second.addDevice(first.device, { address: first.listen, paused: true })
    await second.addFolder({ id: SHARE, path: b, devices: [first.device], ...delay })
    await until('ready', async () => (await second.status(SHARE)).state === 'idle', patience)
    return {
      pids: { a: first.pid, b: second.pid },
      index: async (files) => {
        await first.addFolder({ id: SHARE, path: a, devices: [second.device], ...delay })
        const isIndexed = async () => {
          const { state, localFiles } = await first.status(SHARE)
          return state === 'idle' && localFiles === files
        }
        await until('indexed', isIndexed, patience)
      },
      // measured: the two are connected 10 ms later
      connect: () => second.resumeDevice(first.device),
      isDone: async (files) => {
        const { state, localFiles, needTotalItems } = await second.status(SHARE)
        return state === 'idle' && localFiles === files && needTotalItems === 0
      },
      setWatcherDelay: async (seconds) => {
        for (const device of [first, second]) {
          await device.rest('PATCH', `config/folders/${SHARE}`, { fsWatcherDelayS: seconds })
        }
        for (const device of [first, second]) await device.inSync(SHARE)
        await first.until('connected again', () => first.isConnected(second.device))
      },
      [Symbol.asyncDispose]: async () => {
        await Promise.all([first.stop(), second.stop()])
      },
    }
  },
})
