/** What happens to devices, disks, clocks and links besides people's edits. One row each; a scenario picks some. */
import type { Image } from '../support/memory-fs.ts'
import type { SeededRandom } from './random.ts'
import { SHARE_FOLDER } from './sim-device.ts'
import type { SimDevice } from './sim-device.ts'
import type { IndexCopy } from './sim-index.ts'
import type { SimNetwork } from './sim-network.ts'
import type { Users } from './users.ts'

/** What a nemesis has to do with. */
export interface Stage {
  readonly random: SeededRandom
  readonly network: SimNetwork
  readonly devices: readonly SimDevice[]
  readonly users: Users
  /** whose folder people edit */
  readonly edited: readonly SimDevice[]
  readonly copies: Map<SimDevice, Copy>
  trace(line: string): void
  start(device: SimDevice): Promise<void>
  pass(ms: number): Promise<void>
  /** A copy of a device, which does not run yet. */
  twinOf(device: SimDevice): SimDevice
  /** Lets time pass until it is done, or the device is dead. */
  during(device: SimDevice, promise: Promise<unknown>): Promise<void>
  join(device: SimDevice): Promise<void>
}

/** Of a disk and an index, at the same time. */
interface Copy {
  readonly disk: Image
  readonly index: IndexCopy
  /** on the disk */
  readonly mark: string | undefined
  readonly isIn: boolean
}

export interface Nemesis {
  readonly name: string
  readonly weight: number
  /** what a device knew is lost, or is of another time: old files may come back then, beside the new ones */
  readonly isHistory?: boolean
  /** what a device takes part in changes: two versions may come of that where nobody edited at the same time */
  readonly isScope?: boolean
  /** it is only for devices that follow */
  readonly isOfReaders?: boolean
  run(device: SimDevice, stage: Stage): Promise<void> | void
}

/** how often a machine and its copy take turns, and how long one lasts at most */
const TURNS = 4
const TURN_MS = 40_000
const HOUR_MS = 3_600_000
/** what somebody may write into the rules: nothing, patterns, and what is none */
const ruleFiles: readonly (readonly string[])[] = [
  [],
  [],
  ['a'],
  ['/b'],
  ['*.txt', 'e/'],
  ['!/a/b', '/a'],
  ['!b', '*'],
  ['/a/**', '(?i)Ñandú'],
  ['['],
]
const chosen = ['a', 'b', 'c.txt', 'a/b', 'b/a', 'ñandú'] as const
const CALLS = 80

export const nemeses: readonly Nemesis[] = [
  { name: 'kill', weight: 3, run: (device) => device.kill() },
  {
    name: 'kill in the middle',
    weight: 3,
    run: (device, { random }) => device.kill('killed', 1 + random.below(CALLS)),
  },
  { name: 'power cut', weight: 2, run: (device) => device.kill('power cut') },
  {
    name: 'power cut in the middle',
    weight: 3,
    run: (device, { random }) => device.kill('power cut', 1 + random.below(CALLS)),
  },
  {
    name: 'cut',
    weight: 8,
    run: (device, { random, network, devices }) => network.cut(device.host, random.pick(devices).host),
  },
  {
    name: 'stall',
    weight: 4,
    run: (device, { random, network, devices }) => network.stall(device.host, random.pick(devices).host),
  },
  {
    name: 'stall one way',
    weight: 3,
    run: (device, { random, network, devices }) => network.stallOneWay(device.host, random.pick(devices).host),
  },
  {
    name: 'clock jump',
    weight: 2,
    run(device, { random, trace }) {
      device.skewMs += (random.below(2) === 0 ? -1 : 1) * random.below(random.pick([5000, HOUR_MS, 20_000 * HOUR_MS]))
      trace(`the clock of ${device.name} is now ${device.skewMs} ms wrong`)
    },
  },
  {
    name: 'full disk',
    weight: 3,
    run(device, { random, trace }) {
      const { disk } = device
      disk.setCapacity(disk.totalBytes - disk.freeBytes + random.below(random.pick([10, 500, 200_000])))
      trace(`${device.name} has only ${disk.freeBytes} bytes left`)
    },
  },
  { name: 'room', weight: 3, run: (device) => device.disk.setCapacity(2 ** 50) },
  {
    name: 'pause',
    weight: 3,
    async run(device, { during }) {
      const [share] = device.isUp ? device.engine.shares() : []
      if (share) await during(device, device.engine.setPaused(share.id, share.state !== 'paused'))
    },
  },
  {
    name: 'rules',
    weight: 4,
    isScope: true,
    run(device, { random, trace }) {
      if (!device.isPlugged) return
      const lines = random.pick(ruleFiles)
      trace(`rules at ${device.name}: ${lines.join(' ')}`)
      try {
        device.writeRules(lines)
      } catch {
        // its disk is full
      }
    },
  },
  {
    name: 'choice',
    weight: 4,
    isScope: true,
    async run(device, { random, during, trace }) {
      const [share] = device.isUp ? device.engine.shares() : []
      if (!share) return
      const some = () => (random.chance(0.5) ? [random.pick(chosen)] : [])
      const choice = random.chance(0.4) ? { only: [], skip: [] } : { only: some(), skip: some() }
      trace(`${device.name} chooses ${JSON.stringify(choice)}`)
      await during(
        device,
        device.engine.choose(share.id, choice).catch(() => undefined),
      )
    },
  },
  { name: 'unplugged', weight: 2, run: (device) => device.setPlugged(false) },
  { name: 'plugged', weight: 3, run: (device) => device.setPlugged(true) },
  {
    name: 'rescan',
    weight: 2,
    async run(device, { during }) {
      const [share] = device.isUp ? device.engine.shares() : []
      if (!share || share.state === 'paused') return
      await during(
        device,
        device.engine.rescan(share.id).catch(() => undefined),
      )
    },
  },
  {
    name: 'revert',
    weight: 3,
    isOfReaders: true,
    async run(device, { users, during, trace, random }) {
      const [share] = device.isUp ? device.engine.shares() : []
      if (share?.access !== 'read-only') return
      const paths = random.chance(0.5) ? [] : [random.pick(chosen)]
      trace(`${device.name} reverts ${paths.join(' ')}`)
      users.putAway(device)
      await during(
        device,
        device.engine.revert(share.id, paths).catch(() => undefined),
      )
      // and what was written while it was about it
      users.putAway(device)
    },
  },
  {
    name: 'ambush',
    weight: 8,
    run(device, { random, users, edited, trace }) {
      if (!edited.includes(device)) return
      device.ambush(1 + random.below(CALLS), (path) => {
        trace(`ambush at ${device.name}`)
        users.ambush(device, path)
      })
    },
  },
  {
    name: 'leave and join',
    weight: 2,
    isHistory: true,
    async run(device, { during, join }) {
      const [share] = device.isUp && device.isPlugged ? device.engine.shares() : []
      if (share) await during(device, device.engine.removeShare(share.id))
      else if (device.isUp && device.isPlugged) await join(device)
    },
  },
  {
    name: 'index lost',
    weight: 2,
    isHistory: true,
    async run(device, { start, join }) {
      device.kill()
      device.index.clear()
      if (!device.isPlugged) return
      await start(device)
      await join(device)
    },
  },
  {
    name: 'copy',
    weight: 3,
    isHistory: true,
    run(device, { copies, trace }) {
      if (!device.isPlugged) return
      const isIn = device.isUp && device.isIn
      copies.set(device, {
        disk: device.disk.imageOf(SHARE_FOLDER),
        index: device.index.copy(),
        mark: device.mark(),
        isIn,
      })
      trace(`${device.name} is copied`)
    },
  },
  {
    name: 'old index',
    weight: 3,
    isHistory: true,
    async run(device, { copies, start, trace }) {
      const copy = copies.get(device)
      if (!copy?.isIn || !device.isPlugged) return
      device.kill()
      if (isUntold(copy.index, device.mark())) return
      device.index.put(copy.index)
      trace(`${device.name} has its old index again`)
      await start(device)
    },
  },
  {
    name: 'old disk',
    weight: 2,
    isHistory: true,
    run: (device, stage) => putDisk(device, stage.copies.get(device), stage),
  },
  {
    name: 'put back',
    weight: 4,
    isHistory: true,
    run: (device, stage) => putBack(device, stage.copies.get(device), stage),
  },
  { name: 'runs twice', weight: 2, isHistory: true, run: runTwice },
  {
    name: 'clone of another disk',
    weight: 1,
    isHistory: true,
    run: (device, stage) => putDisk(device, stage.copies.get(stage.random.pick(stage.devices)), stage),
  },
]

/** In the place of a disk that is no more: what lay on that alone is lost, and nobody can help it. */
async function putDisk(device: SimDevice, copy: Copy | undefined, stage: Stage): Promise<void> {
  if (!copy?.isIn || !device.isPlugged) return
  const { devices, users, start, trace } = stage
  device.kill()
  if (isUntold(device.index.copy(), copy.mark)) return
  const others = devices.filter((other) => other !== device).map((other) => other.tree())
  users.forgetDisk(device, (path, content) => others.some((tree) => tree.get(path)?.content === content))
  device.disk.putImage(SHARE_FOLDER, copy.disk)
  trace(`${device.name} has another disk`)
  await start(device)
}

/** The whole machine is as it was: what it made since is with others, or nowhere. */
async function putBack(device: SimDevice, copy: Copy | undefined, stage: Stage): Promise<void> {
  if (!copy?.isIn || !device.isPlugged) return
  const { devices, users, start, trace } = stage
  device.kill()
  const others = devices.filter((other) => other !== device).map((other) => other.tree())
  users.forgetDisk(device, (path, content) => others.some((tree) => tree.get(path)?.content === content))
  device.disk.putImage(SHARE_FOLDER, copy.disk)
  device.index.put(copy.index)
  trace(`${device.name} is put back`)
  await start(device)
}

/** A copy of the machine runs beside it for a while; people edit on both, and both meet the others in turn. */
async function runTwice(device: SimDevice, stage: Stage): Promise<void> {
  if (!device.isUp || !device.isIn || !device.isPlugged) return
  const { random, devices, network, users, edited, trace, pass, during } = stage
  if (!edited.includes(device)) return
  const others = devices.filter((other) => other !== device)
  const twin = stage.twinOf(device)
  trace(`${device.name} runs twice`)
  const meet = (on: SimDevice, off: SimDevice) => {
    for (const { host } of others) {
      network.cut(off.host, host)
      network.mend(on.host, host)
    }
  }
  meet(device, twin)
  await during(twin, twin.start())
  const [share] = twin.isIn ? twin.engine.shares() : []
  for (const { name } of others) if (share) await during(twin, twin.engine.addHost(share.id, `${name}:22000`))
  for (let turn = 0; turn < TURNS; turn++) {
    meet(...(turn % 2 === 0 ? ([twin, device] as const) : ([device, twin] as const)))
    for (let edits = random.below(4); edits > 0; edits--) users.edit(random.pick([twin, device]))
    await pass(random.below(TURN_MS))
  }
  meet(twin, device)
  await pass(TURN_MS)
  // it goes for good: what nobody has ever had there is gone with it
  const held = new Set(devices.flatMap((other) => contentsOf(other)))
  const wasThere = (path: string, content: string) => devices.some((other) => other.archived(path).includes(content))
  const isThere = (path: string, content: string) =>
    devices.some((other) => other.tree().get(path)?.content === content)
  // of what somebody moved there, others may have heard no more than that it is not where it was
  const isHeld = (path: string, content: string) =>
    users.hasMoved(twin, content) ? isThere(path, content) : held.has(content)
  users.forgetDisk(twin, (path, content) => isHeld(path, content) || wasThere(path, content))
  twin.kill()
  meet(device, twin)
}

const contentsOf = (device: SimDevice): readonly string[] =>
  [...device.tree().values()].flatMap(({ content }) => (content === null ? [] : [content]))

/** Copied and put back between two marks, at most an hour apart: that is not told, nor can it be. */
const isUntold = (index: IndexCopy, mark: string | undefined): boolean =>
  (index.get('shares') ?? []).some((share) => share.includes(mark ?? null))
