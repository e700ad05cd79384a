/**
 * What has to hold, whatever happened: what nobody replaced is on every device in the end, under its name or in a
 * conflict copy; what a device took away is in its archive; there is nothing that nobody wrote; all devices hold the
 * same.
 */
import { conflictOf } from '../../appliance/sync/model/conflict-name.ts'
import type { RelPath } from '../../appliance/sync/model/rel-path.ts'
import type { Lying, SimDevice } from './sim-device.ts'
import type { Users } from './users.ts'
import { valueOf } from './values.ts'

export interface OracleDeps {
  readonly devices: readonly SimDevice[]
  readonly readers: readonly SimDevice[]
  readonly users: Users
  readonly oneEditor: boolean
  /** whether devices free the space of what others hold */
  readonly letsGo: boolean
}

export class Oracle {
  readonly #deps: OracleDeps
  /** by device: what lay in its folder when it was last looked at */
  readonly #before = new Map<SimDevice, ReadonlySet<string>>()

  constructor(deps: OracleDeps) {
    this.#deps = deps
  }

  /** What a device took away since the last look, and kept nowhere. */
  lost(): string | undefined {
    for (const device of this.#deps.devices) {
      const now = new Set(
        [...device.tree().values()].flatMap(({ content }) => (content === null ? [] : [valueOf(content)])),
      )
      const taken = this.#deps.users.takenAt(device)
      const missing = [...(this.#before.get(device) ?? [])].filter((value) => !now.has(value) && !taken.has(value))
      if (missing.length > 0) {
        const archived = new Set([...device.archived().map(valueOf), ...this.#heldByOthers(device)])
        // who lets go of it counts on another device, whose own user may take it away a moment later
        const lasting = new Set([...this.#deps.users.values.lasting()].map(({ value }) => value))
        const gone = missing.find((value) => !archived.has(value) && (!this.#deps.letsGo || lasting.has(value)))
        if (gone !== undefined) return `"${gone}" was taken away at ${device.name}, and is not in its archive`
      }
      this.#before.set(device, now)
    }
    return undefined
  }

  /** What a device may let go of. */
  #heldByOthers(device: SimDevice): readonly string[] {
    const { devices, letsGo } = this.#deps
    const others = letsGo ? devices.filter((other) => other !== device) : []
    const held = others.flatMap((other) => [
      ...[...other.tree().values()].map(({ content }) => content),
      ...other.archived(),
    ])
    return held.flatMap((content) => (content === null ? [] : [valueOf(content)]))
  }

  /** What is wrong when all say that they agree; undefined: nothing. */
  verdict(): string | undefined {
    const { devices, readers, oneEditor } = this.#deps
    const writers = devices.filter((device) => !readers.includes(device))
    const [first] = writers
    if (!first) throw new Error('somebody has to write')
    const tree = first.tree()
    for (const device of writers.slice(1)) {
      const difference = differenceOf(tree, device.tree())
      if (difference !== undefined) return `${first.name} and ${device.name} differ: ${difference}`
    }
    return (
      this.#ofReaders(first, tree) ??
      this.#ofValues(first, tree) ??
      devices.map((device) => leftBy(device)).find((left) => left !== undefined) ??
      (oneEditor ? this.#ofOneEditor(first, tree) : undefined) ??
      unexplained(writers)
    )
  }

  #ofValues(first: SimDevice, tree: Tree): string | undefined {
    const { values } = this.#deps.users
    const present = new Set<string>()
    for (const [path, { content }] of tree) {
      if (content === null) continue
      const value = valueOf(content)
      present.add(value)
      const whole = content.startsWith('-> ') ? value : first.read(path)
      if (values.contentOf(value) !== whole) return `${path} holds "${content}", which nobody wrote`
    }
    for (const { value, where } of values.lasting()) if (!present.has(value)) return `"${value}" was lost (${where})`
    return undefined
  }

  /** They hold what the others do, except where something was done to them; and all that was done. */
  #ofReaders(first: SimDevice, tree: Tree): string | undefined {
    const { readers, users } = this.#deps
    for (const reader of readers) {
      const here = reader.tree()
      // a folder that went aside for what was done in it took all along that lay there
      const isOwn = (path: string) =>
        users.touched(reader, path) || originalsOf(path).some((original) => users.touched(reader, original))
      const difference = differenceOf(tree, here, isOwn)
      if (difference !== undefined) return `${first.name} and the reader ${reader.name} differ: ${difference}`
      const present = new Set([...here.values()].flatMap(({ content }) => (content === null ? [] : [valueOf(content)])))
      for (const value of users.ownOf(reader))
        if (!present.has(value)) return `the reader ${reader.name} lost its own "${value}"`
    }
    return undefined
  }

  /**
   * Nothing but what the only one who edits has done; and copies of a folder that gave way to a file before the news of
   * what was deleted in it had come.
   */
  #ofOneEditor(editor: SimDevice, tree: Tree): string | undefined {
    const left = this.#deps.users.leftAt(editor)
    for (const path of new Set([...left.keys(), ...tree.keys()]))
      if (left.get(path) !== tree.get(path)?.content && originalOf(path) === path)
        return `${path} is ${JSON.stringify(tree.get(path)?.content)}, but the only one who edits left it as ${JSON.stringify(left.get(path))}`
    return undefined
  }
}

type Tree = ReadonlyMap<string, Lying>

/** Where what lies at a path, or in a folder that is a conflict copy, came from. */
const originalOf = (path: string): string => {
  const copy = copyIn(path)
  return copy === undefined ? path : originalOf(copy.original + path.slice(copy.path.length))
}

/** Likewise, and where the folders came from that are conflict copies and that it lies in. */
function originalsOf(path: string): readonly string[] {
  const copy = copyIn(path)
  return copy === undefined ? [path] : [copy.original, ...originalsOf(copy.original + path.slice(copy.path.length))]
}

/** The first conflict copy on the way to a path. */
function copyIn(path: string): { readonly path: string; readonly original: string } | undefined {
  const parts = path.split('/')
  for (let i = 1; i <= parts.length; i++) {
    const at = parts.slice(0, i).join('/')
    const original = conflictOf(at as RelPath)?.original
    if (original !== undefined) return { path: at, original }
  }
  return undefined
}

function leftBy(device: SimDevice): string | undefined {
  const left = device.leftInTmp()
  return left.length > 0 ? `${device.name} left ${left.join(', ')} in tmp` : undefined
}

/** Who is in sync has no problems to tell of. */
function unexplained(writers: readonly SimDevice[]): string | undefined {
  for (const device of writers) {
    const [share] = device.engine.shares()
    if (share?.state !== 'in-sync') return `${device.name} has agreed, but is ${share?.state}: ${share?.message}`
    if (share.problems.length > 0) return `${device.name} has agreed, but tells of ${JSON.stringify(share.problems)}`
  }
  return undefined
}

function differenceOf(a: Tree, b: Tree, mayDiffer: (path: string) => boolean = () => false): string | undefined {
  for (const path of new Set([...a.keys(), ...b.keys()])) {
    const [x, y] = [textOf(a.get(path)), textOf(b.get(path))]
    if (x !== y && !mayDiffer(path)) return `${path} is ${x} and ${y}`
  }
  return undefined
}

/** Permissions of links are nobody's. */
function textOf(lying: Lying | undefined): string {
  if (!lying) return 'not there'
  const { content, mode, sizeBytes } = lying
  return content?.startsWith('-> ')
    ? content
    : `${content ?? 'folder'} ${mode.toString(8)} ${content === null ? '' : sizeBytes}`
}
