/** The plans of several devices, carried out until nothing is left to do: on random trees, in any order. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { conflictPath } from '../../../appliance/sync/model/conflict-name.ts'
import { shortIdToText } from '../../../appliance/sync/model/device-id.ts'
import { contentHash } from '../../../appliance/sync/model/content-hash.ts'
import { sameContent } from '../../../appliance/sync/model/entry.ts'
import type { Entry } from '../../../appliance/sync/model/entry.ts'
import { removalOf } from '../../../appliance/sync/model/local-change.ts'
import type { HeldEntry } from '../../../appliance/sync/model/local-change.ts'
import { planPath } from '../../../appliance/sync/model/plan.ts'
import type { RelPath } from '../../../appliance/sync/model/rel-path.ts'
import { bumpVersion, compareVersions } from '../../../appliance/sync/model/version-vector.ts'
import { file, vector } from '../../support/entries.ts'

const paths = ['f', 'g', 'h'] as RelPath[]
const MAX_ROUNDS = 12
/** whatever is told is signed before */
const signature = new Uint8Array(64)

interface Device {
  readonly name: string
  readonly isReader: boolean
  /** how often its history was lost: it counts as somebody else each time */
  life: number
  readonly holds: Map<RelPath, HeldEntry>
  /** what it has heard, of each device */
  readonly heard: Map<Device, ReadonlyMap<RelPath, Entry>>
}

type Step =
  | {
      readonly type: 'write' | 'same' | 'delete' | 'chmod'
      readonly at: number
      readonly path: RelPath
      readonly mtime: number
    }
  /** one device hears what another holds, and does what it plans then, or not yet */
  | { readonly type: 'hear'; readonly at: number; readonly from: number; readonly acts: boolean }
  /** its index is gone, what lies on its disk is found anew */
  | { readonly type: 'forget'; readonly at: number }

const anyStep = (devices: number): fc.Arbitrary<Step> => {
  const at = fc.nat(devices - 1)
  const edit = <T extends Step['type']>(type: T) =>
    fc.record({ type: fc.constant(type), at, path: fc.constantFrom(...paths), mtime: fc.nat(3) })
  return fc.oneof(
    { weight: 5, arbitrary: edit('write') },
    { weight: 1, arbitrary: edit('same') },
    { weight: 2, arbitrary: edit('delete') },
    { weight: 1, arbitrary: edit('chmod') },
    { weight: 6, arbitrary: fc.record({ type: fc.constant('hear' as const), at, from: at, acts: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('forget' as const), at }) },
  )
}

const valueOf = ({ blocks }: Entry): string => Buffer.from(blocks).toString('hex')
const seenOf = (entry: Entry): string => (entry.deleted ? '' : `file:${valueOf(entry)}`)
const holding = (entry: Entry, localOnly = false): HeldEntry => ({ entry, seen: seenOf(entry), localOnly })

/** Devices that write, hear and plan; and what people wrote. */
class World {
  readonly devices: readonly Device[]
  readonly written = new Set<string>()
  readonly superseded = new Set<string>()
  #count = 0

  constructor(devices: number, readers: number) {
    this.devices = Array.from({ length: devices }, (_, i) => ({
      name: `00000000000000${10 + i}`,
      isReader: i >= devices - readers,
      life: 0,
      holds: new Map(),
      heard: new Map(),
    }))
  }

  run(step: Step): void {
    const device = this.devices[step.at]
    if (!device) return
    if (step.type === 'hear') {
      const from = this.devices[step.from]
      if (!from || from === device) return
      this.hear(device, from)
      if (step.acts) this.act(device)
    } else if (step.type === 'forget') this.#forget(device)
    else if (!device.isReader) this.#edit(device, step)
  }

  hear(device: Device, from: Device): void {
    const told = [...from.holds].filter(([, { entry, localOnly }]) => entry.version.length > 0 && !localOnly)
    device.heard.set(from, new Map(told.map(([path, { entry }]) => [path, { ...entry, signature }])))
  }

  /** @returns whether there was anything to do */
  act(device: Device): boolean {
    const known = new Set([...device.holds.keys(), ...[...device.heard.values()].flatMap((told) => [...told.keys()])])
    let isChanged = false
    for (const path of [...known].sort()) {
      const remotes = [...device.heard.values()].flatMap((told) => told.get(path) ?? [])
      const held = device.holds.get(path)
      const action = planPath(held, remotes, device.isReader ? 'read-only' : 'read-write')
      if (!action) continue
      isChanged = true
      const isThere = held !== undefined && held.seen !== ''
      device.holds.set(path, holding(action.entry))
      if (isThere && action.type === 'replace' && action.keepBoth) this.#putBeside(device, held.entry)
    }
    return isChanged
  }

  #edit(device: Device, { type, path, mtime }: Exclude<Step, { type: 'hear' | 'forget' }>): void {
    const held = device.holds.get(path)
    const author = this.#authorOf(device)
    const by = { author, modifiedBy: device.name, nowSeconds: 0 }
    if (type === 'delete') {
      const removal = removalOf(held, 'read-write', by)
      if (held) this.superseded.add(valueOf(held.entry))
      if (removal?.type === 'put') device.holds.set(path, removal.held)
      return
    }
    const version = bumpVersion(held?.entry.version ?? [], author, 0)
    const rest = { path, modifiedBy: device.name }
    if (type === 'chmod') {
      if (held && !held.entry.deleted)
        device.holds.set(path, holding({ ...held.entry, ...rest, version, mode: (held.entry.mode ?? 0) ^ 0o111 }))
      return
    }
    if (held && !held.entry.deleted) this.superseded.add(valueOf(held.entry))
    // as many programs would write it
    const content = type === 'same' ? 'content' : `content ${++this.#count}`
    const entry = file(content, version, { ...rest, mtimeNs: BigInt(type === 'same' ? 0 : mtime) })
    this.written.add(valueOf(entry))
    device.holds.set(path, holding(entry))
  }

  #forget(device: Device): void {
    device.life += 1
    for (const [path, { entry, seen }] of [...device.holds]) {
      const version = bumpVersion([], this.#authorOf(device), 0)
      if (seen === '') device.holds.delete(path)
      else if (device.isReader) device.holds.set(path, { entry: { ...entry, version: [] }, seen, localOnly: true })
      else device.holds.set(path, holding({ ...entry, version, modifiedBy: device.name }))
    }
    // the others take it for a new index
    for (const other of this.devices) this.hear(other, device)
  }

  #putBeside(device: Device, loser: Entry): void {
    const wanted = conflictPath(loser.path, loser.mtimeNs, shortIdToText(loser.modifiedBy))
    for (let attempt = 1; ; attempt++) {
      const path = (attempt === 1 ? wanted : `${wanted}-${attempt}`) as RelPath
      const there = device.holds.get(path)
      if (there && !there.entry.deleted && valueOf(there.entry) === valueOf(loser)) return
      if (there && !there.entry.deleted) continue
      if (device.isReader)
        return void device.holds.set(path, {
          entry: { ...loser, path, version: [] },
          seen: seenOf(loser),
          localOnly: true,
        })
      const version = bumpVersion(there?.entry.version ?? [], this.#authorOf(device), 0)
      return void device.holds.set(path, holding({ ...loser, path, version, modifiedBy: device.name }))
    }
  }

  #authorOf(device: Device): string {
    return `${device.name.slice(0, 12)}${device.life}${device.name.slice(13)}`.padEnd(16, '0').slice(0, 16)
  }
}

/** What a device holds of what is shared, by path. */
const sharedBy = ({ holds }: Device): ReadonlyMap<RelPath, Entry> =>
  new Map([...holds].flatMap(([path, { entry, seen, localOnly }]) => (localOnly || seen === '' ? [] : [[path, entry]])))

for (const [devices, readers] of [
  [2, 0],
  [3, 0],
  [4, 0],
  [3, 1],
] as const) {
  test(`${devices} devices, ${readers} of them readers: they come to an end, hold the same, and nothing has vanished`, () => {
    fc.assert(
      fc.property(fc.array(anyStep(devices), { maxLength: 30 }), fc.integer(), (steps, order) => {
        const world = new World(devices, readers)
        for (const step of steps) world.run(step)
        let rounds = 0
        for (let isMoving = true; isMoving; rounds++) {
          assert.ok(rounds < MAX_ROUNDS, 'it goes on and on')
          isMoving = false
          const turned = world.devices.map((_, i, all) => all[(i + Math.abs(order) + rounds) % all.length] as Device)
          for (const device of turned) {
            for (const from of turned) if (from !== device) world.hear(device, from)
            isMoving = world.act(device) || isMoving
          }
        }
        const [first, ...others] = world.devices.map(sharedBy)
        assert.ok(first)
        for (const other of others) {
          assert.deepEqual([...other.keys()].sort(), [...first.keys()].sort())
          for (const [path, entry] of first) {
            const theirs = other.get(path)
            assert.ok(theirs && sameContent(entry, theirs) && entry.mode === theirs.mode, `${path} differs`)
            assert.equal(compareVersions(entry.version, theirs.version), 'equal')
          }
        }
        const present = new Set([...first.values()].map(valueOf))
        for (const value of world.written)
          assert.ok(world.superseded.has(value) || present.has(value), 'what nobody replaced or deleted has vanished')
        for (const value of present) assert.ok(world.written.has(value), 'what nobody wrote')
      }),
      { numRuns: 1500 },
    )
  })
}

/** Every order of a few things. */
function* ordersOf<T>(all: readonly T[]): Generator<readonly T[]> {
  if (all.length <= 1) return yield all
  for (const [i, first] of all.entries())
    for (const rest of ordersOf(all.filter((_, at) => at !== i))) yield [first, ...rest]
}

test('whatever the order in which concurrent versions are heard of, the same one gets the name', () => {
  const contents = fc.constantFrom('x', 'y', 'z', undefined)
  const draft = fc.record({ content: contents, mtime: fc.nat(2), gone: fc.constantFrom('x', 'y') })
  fc.assert(
    fc.property(fc.array(draft, { minLength: 1, maxLength: 4 }), (drafts) => {
      const versions = drafts.map(({ content, mtime, gone }, i) =>
        file(content, [{ author: `000000000000000${i}`, value: 1 }], {
          mtimeNs: BigInt(mtime),
          deletedHash: content === undefined ? contentHash(file(gone, vector('a1')).blocks) : undefined,
        }),
      )
      const plans = [...ordersOf(versions)].map((order) => planPath(undefined, order, 'read-write'))
      for (const plan of plans) assert.deepEqual(plan, plans[0])
    }),
  )
})
