/** A few simulated devices that share a folder, for tests that say step by step what happens. */
import type { ShareKeys } from '../../appliance/sync/secrets.ts'
import { SeededRandom } from './random.ts'
import { SimTime } from './sim-clock.ts'
import { SHARE_FOLDER, SimDevice } from './sim-device.ts'
import { SimNetwork } from './sim-network.ts'

const WAIT_MS = 600_000
const SHARE = 'Family'

/** `w`: edits, `r`: has the read-only secret. */
export type Role = 'w' | 'r'

export class Scene {
  readonly time = new SimTime()
  readonly random: SeededRandom
  readonly network: SimNetwork
  readonly devices: SimDevice[] = []
  readonly trace: string[] = []
  readonly #keys = new Map<string, ShareKeys>()

  private constructor(roles: readonly Role[], seed: number) {
    this.random = new SeededRandom(seed)
    this.network = new SimNetwork(this.time, this.random)
    for (const _ of roles) this.add()
  }

  /** One more, which does not run yet. @param of  the device that it says it is: a copy of that machine */
  add(of?: SimDevice): SimDevice {
    const { time, random, network } = this
    const trace = (line: string) => void this.trace.push(`${this.time.nowMs} ${line}`)
    const name = String.fromCharCode(97 + this.devices.length)
    const device = new SimDevice(name, { time, random, network, keys: this.#keys, skewMs: 0, trace, id: of?.host.id })
    this.devices.push(device)
    return device
  }

  /** All run and share an empty folder. */
  static async make(roles: readonly Role[], seed = 7): Promise<Scene> {
    const scene = new Scene(roles, seed)
    const [first, ...others] = scene.devices
    if (!first) throw new Error('a scene needs a device')
    for (const device of scene.devices) await scene.during(device.start())
    await scene.during(first.engine.addShare({ path: SHARE_FOLDER, name: SHARE }))
    for (const device of others) await scene.join(device, roles[scene.devices.indexOf(device)] ?? 'w')
    return scene
  }

  async join(device: SimDevice, role: Role): Promise<void> {
    const [first] = this.devices
    const secret = first?.engine.secret(SHARE, role === 'w' ? 'read-write' : 'read-only').secret ?? ''
    const hosts = this.devices.filter((other) => other !== device).map((other) => `${other.name}:22000`)
    await this.during(device.engine.joinShare({ secret, path: SHARE_FOLDER, name: SHARE, hosts }))
  }

  /** Until all who run and have the share say that they agree with all others who do. @throws Error when they do not */
  async agree(): Promise<void> {
    const up = this.devices.filter((device) => device.isUp && device.isIn)
    const { signal } = new AbortController()
    const waits = up.map((device) => device.engine.wait({ peers: up.length - 1, signal, timeoutMs: WAIT_MS }))
    const agreed = await this.during(Promise.all(waits))
    if (agreed?.includes(false) === false) return
    const states = up.map(({ name, engine }) => `${name}: ${JSON.stringify(engine.shares())}`)
    throw new Error(`they do not agree: ${states.join('\n')}`)
  }

  pass(ms: number): Promise<void> {
    return this.time.pass(ms)
  }

  /** Lets time pass until a promise is settled, or `goesOn` says no. */
  async during<T>(promise: Promise<T>, goesOn: () => boolean = () => true): Promise<T | undefined> {
    let isSettled = false
    const settled = promise.finally(() => (isSettled = true))
    settled.catch(() => undefined)
    await new Promise((resolve) => setImmediate(resolve))
    while (!isSettled && goesOn())
      if (!(await this.time.step(Number.MAX_SAFE_INTEGER))) throw new Error('nothing is left to happen')
    return isSettled ? settled : undefined
  }

  /** Each device's folder: path and content. */
  folders(): readonly Record<string, string | null>[] {
    return this.devices.map(({ disk }) => disk.tree(SHARE_FOLDER))
  }
}

export const at = (path: string): string => `${SHARE_FOLDER}/${path}`
