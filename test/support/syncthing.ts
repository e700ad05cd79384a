/** A real Syncthing on loopback, with nothing that reaches further, driven through its REST API. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Program } from './program.ts'
import { freePort, until } from './scratch.ts'

export interface SyncthingOptions {
  /** full path of the program (needTool) */
  readonly program: string
  readonly home: string
  readonly name?: string
}

export interface FolderOptions {
  readonly id: string
  readonly path: string
  /** device ids to share it with */
  readonly devices: readonly string[]
  /** How long a change waits to be looked at: 1 s is the least that 1.19 takes, 10 s what it comes with. */
  readonly watcherDelaySeconds?: number
  readonly type?: 'sendreceive' | 'receiveencrypted'
}

/** `/rest/db/status`, as far as it is used here */
export interface FolderStatus {
  readonly state: string
  readonly errors: number
  readonly globalFiles: number
  readonly globalBytes: number
  readonly localFiles: number
  readonly localBytes: number
  readonly needTotalItems: number
  readonly needBytes: number
  readonly sequence: number
}

/** `/rest/system/connections`, likewise */
interface Connections {
  readonly connections: Readonly<Record<string, { readonly connected: boolean }>>
}

interface SyncthingEvent {
  readonly id: number
  readonly type: string
}

const API_KEY = 'for-tests-only'
const START_MS = 30_000

/** Off: whatever talks to anybody but the devices that a test names, and what would make it yield to others. */
const options: Readonly<Record<string, string>> = {
  globalAnnounceEnabled: 'false',
  localAnnounceEnabled: 'false',
  relaysEnabled: 'false',
  natEnabled: 'false',
  startBrowser: 'false',
  urAccepted: '-1',
  autoUpgradeIntervalH: '0',
  crashReportingEnabled: 'false',
  stunKeepaliveStartS: '0',
  setLowPriority: 'false',
  reconnectionIntervalS: '1',
}

export class Syncthing implements AsyncDisposable {
  readonly device: string
  /** where peers reach it */
  readonly listen: string
  readonly #options: SyncthingOptions
  readonly #gui: string
  readonly #program: Program
  #lastEvent = 0

  private constructor(options: SyncthingOptions, device: string, listen: string, gui: string) {
    this.#options = options
    this.device = device
    this.listen = listen
    this.#gui = gui
    const { program, home } = options
    this.#program = new Program({
      file: program,
      args: ['serve', `--home=${home}`, '--no-browser'],
      env: { ...process.env, STNOUPGRADE: '1', STNODEFAULTFOLDER: '1', HOME: home },
    })
  }

  static async start(startOptions: SyncthingOptions): Promise<Syncthing> {
    const { program, home } = startOptions
    const made = spawnSync(program, ['generate', `--home=${home}`, '--no-default-folder'], { encoding: 'utf8' })
    const device = /Device ID: ([A-Z2-7-]{63})/.exec(made.stdout + made.stderr)?.[1]
    assert.ok(device, `syncthing generate: ${made.stderr}`)
    const listen = `127.0.0.1:${await freePort()}`
    const gui = `127.0.0.1:${await freePort()}`
    configure(join(home, 'config.xml'), listen, gui)
    const syncthing = new Syncthing(startOptions, device, listen, gui)
    await syncthing.#ready()
    return syncthing
  }

  async restart(): Promise<void> {
    this.#program.restart()
    this.#lastEvent = 0
    await this.#ready()
  }

  /** of its monitor, whose child does the work */
  get pid(): number {
    return this.#program.pid
  }

  get log(): string {
    return this.#program.log
  }

  async stop(): Promise<void> {
    await this.#program.end('SIGTERM')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async rest<T = void>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`http://${this.#gui}/rest/${path}`, {
      method,
      headers: { 'X-API-Key': API_KEY, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return (text === '' ? undefined : JSON.parse(text)) as T
  }

  /** @param address HOST:PORT; without one it waits to be called */
  async addDevice(
    device: string,
    { address, paused = false }: { address?: string; paused?: boolean } = {},
  ): Promise<void> {
    const addresses = address === undefined ? ['dynamic'] : [`tcp://${address}`]
    await this.rest('POST', 'config/devices', { deviceID: device, name: device.slice(0, 7), addresses, paused })
  }

  async addFolder({ id, path, devices, watcherDelaySeconds = 1, type = 'sendreceive' }: FolderOptions): Promise<void> {
    await this.rest('POST', 'config/folders', {
      id,
      label: id,
      path,
      type,
      devices: devices.map((deviceID) => ({ deviceID })),
      fsWatcherEnabled: true,
      fsWatcherDelayS: watcherDelaySeconds,
      rescanIntervalS: 3600,
    })
  }

  pauseDevice(device: string): Promise<void> {
    return this.rest('POST', `system/pause?device=${device}`)
  }

  resumeDevice(device: string): Promise<void> {
    return this.rest('POST', `system/resume?device=${device}`)
  }

  /** Looks for changes, in the whole folder or below one path; done when it answers. */
  rescan(folder: string, sub?: string): Promise<void> {
    return this.rest(
      'POST',
      `db/scan?folder=${id(folder)}${sub === undefined ? '' : `&sub=${encodeURIComponent(sub)}`}`,
    )
  }

  status(folder: string): Promise<FolderStatus> {
    return this.rest('GET', `db/status?folder=${id(folder)}`)
  }

  /** What a device lacks, as far as it has told. */
  async completion(
    folder: string,
    device: string,
  ): Promise<{ needBytes: number; needItems: number; needDeletes: number }> {
    return this.rest('GET', `db/completion?folder=${id(folder)}&device=${device}`)
  }

  async isConnected(device: string): Promise<boolean> {
    const { connections } = await this.rest<Connections>('GET', 'system/connections')
    return connections[device]?.connected === true
  }

  /** Looks again after each event, until the answer is neither undefined nor false. */
  until<T>(what: string, look: () => T | Promise<T>, timeoutMs = 60_000): Promise<Exclude<T, undefined | false>> {
    return until(what, look, { timeoutMs, between: () => this.#nextEvent(), describe: () => this.log })
  }

  /** Waits until it has nothing to do in a folder and lacks nothing. */
  async inSync(folder: string, timeoutMs = 60_000): Promise<FolderStatus> {
    return this.until(
      `Syncthing is in sync (${folder})`,
      async () => {
        const status = await this.status(folder)
        return status.state === 'idle' && status.needTotalItems === 0 && status
      },
      timeoutMs,
    )
  }

  /** Waits for whatever happens next, but not long: what is waited for may have happened already. */
  async #nextEvent(): Promise<void> {
    const events = await this.rest<SyncthingEvent[]>('GET', `events?since=${this.#lastEvent}&timeout=1`)
    this.#lastEvent = events.at(-1)?.id ?? this.#lastEvent
  }

  async #ready(): Promise<void> {
    const answers = async () => {
      assert.ok(this.#program.isRunning, this.log)
      await this.rest('GET', 'system/ping')
      return true
    }
    await until('Syncthing answers', answers, { timeoutMs: START_MS, describe: () => this.log })
    if (this.#options.name !== undefined) {
      await this.rest('PATCH', `config/devices/${this.device}`, { name: this.#options.name })
    }
  }
}

const id = (folder: string): string => encodeURIComponent(folder)

/** Done in the file, before its first start: by the API it would be too late to keep it from calling others. */
function configure(path: string, listen: string, gui: string): void {
  const given: Readonly<Record<string, string>> = { ...options, listenAddress: `tcp://${listen}`, apikey: API_KEY }
  let xml = readFileSync(path, 'utf8').replace(/(<gui [^>]*>\s*<address>)[^<]*/, `$1${gui}`)
  for (const [name, value] of Object.entries(given)) {
    const element = new RegExp(`(<${name}>)[^<]*(</${name}>)`)
    assert.match(xml, element, `Syncthing's configuration has no ${name}`)
    xml = xml.replace(element, `$1${value}$2`)
  }
  writeFileSync(path, xml, { mode: 0o600 })
}
