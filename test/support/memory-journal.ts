/**
 * What of `MemoryFs` is on the disk for good, and what a power cut may still take away. Names made and removed are kept
 * in the order of a journal: what is lost takes everything along that came later in the same folders, or of the same
 * files; a rename is lost whole. Contents and permissions are lost file by file, or torn. What is older than a system
 * leaves it in memory is on the disk.
 */
import type { Child, Inode } from './memory-handles.ts'

/** Linux writes what has changed within 35 s. */
const WRITTEN_MS = 35_000

interface Change {
  readonly atMs: number
  readonly touches: readonly Inode[]
  readonly apply: () => void
}

/** A file as it is on the disk. */
interface Content {
  readonly bytes: Uint8Array
  readonly mode: number
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
}

const never: Content = { bytes: new Uint8Array(0), mode: 0o600, mtimeNs: 0n, ctimeNs: 0n }

export class MemoryJournal {
  #changes: Change[] = []
  #group: { touches: Inode[]; apply: (() => void)[] } | undefined
  readonly #elapsedMs: () => number
  readonly #children = new Map<Inode, Map<string, Child>>()
  readonly #contents = new Map<Inode, Content>()
  readonly #modes = new Map<Inode, number>()
  /** files of which something is not on the disk yet, and when that was last changed */
  readonly #dirty = new Map<Inode, number>()
  /** those whose content is not */
  readonly #torn = new Set<Inode>()
  #byHand: Set<Inode> | undefined

  /** @param elapsedMs  since whenever, whatever clocks say */
  constructor(elapsedMs: () => number) {
    this.#elapsedMs = elapsedMs
  }

  add(dir: Inode, key: string, child: Child): void {
    const { node } = child
    if (node.type === 'directory' && !this.#modes.has(node)) this.#modes.set(node, node.mode)
    this.#note([dir, node], () => this.#childrenOf(dir).set(key, child))
  }

  drop(dir: Inode, key: string, node: Inode): void {
    this.#note([dir, node], () => this.#childrenOf(dir).delete(key))
  }

  /** Content, permissions or times of a file, or a folder's permissions. */
  change(node: Inode, isContent: boolean): void {
    this.#byHand?.add(node)
    if (isContent) this.#torn.add(node)
    if (node.type !== 'directory') return void this.#dirty.set(node, this.#elapsedMs())
    const { mode } = node
    this.#note([node], () => this.#modes.set(node, mode))
  }

  /** What is done in it is lost whole, or not at all. */
  atomically<T>(action: () => T): T {
    if (this.#group) return action()
    const group = (this.#group = { touches: [] as Inode[], apply: [] as (() => void)[] })
    try {
      return action()
    } finally {
      this.#group = undefined
      if (group.apply.length > 0) this.#push(group.touches, () => group.apply.forEach((apply) => apply()))
    }
  }

  /** What a person does is taken to be on the disk at once: what their programs lose is not the engine's. */
  byHand<T>(action: () => T): T {
    if (this.#byHand) return action()
    const touched = (this.#byHand = new Set<Inode>())
    try {
      return action()
    } finally {
      this.#byHand = undefined
      this.#keep(touched)
      for (const node of touched) this.#keepContent(node)
    }
  }

  sync(node: Inode): void {
    if (node.type === 'directory') this.#keep(new Set([node]))
    else this.#keepContent(node)
  }

  /**
   * The power goes. Everything below `root` becomes what is left of it.
   * @param next  chance: from 0 to 1
   */
  cut(root: Inode, next: () => number): void {
    this.#writeOld()
    for (const [node, atMs] of this.#dirty) if (this.#isOld(atMs)) this.#keepContent(node)
    const kept = next()
    const lost = new Set<Inode>()
    for (const { touches, apply } of this.#changes) {
      if (touches.some((node) => lost.has(node)) || next() > kept) touches.forEach((node) => lost.add(node))
      else apply()
    }
    this.#changes = []
    this.#restore(root, next)
    this.#dirty.clear()
    this.#torn.clear()
  }

  #restore(dir: Inode, next: () => number): void {
    dir.mode = this.#modes.get(dir) ?? dir.mode
    const left = new Map(this.#childrenOf(dir))
    dir.children.clear()
    for (const [key, child] of left) {
      dir.children.set(key, child)
      const { node } = child
      if (node.type === 'directory') this.#restore(node, next)
      else if (node.type === 'file' && this.#dirty.has(node)) this.#tear(node, next)
    }
  }

  #tear(node: Inode, next: () => number): void {
    const dice = next()
    if (dice > 0.3) {
      const { bytes, mode, mtimeNs, ctimeNs } = this.#contents.get(node) ?? never
      Object.assign(node, { mode, mtimeNs, ctimeNs })
      if (!this.#torn.has(node)) return this.#keepContent(node)
      if (dice < 0.6) Object.assign(node, { bytes: bytes.slice(), sizeBytes: bytes.length })
      else node.bytes.fill(0, Math.floor(node.sizeBytes * next()), node.sizeBytes)
    }
    this.#keepContent(node)
  }

  #note(touches: readonly Inode[], apply: () => void): void {
    for (const node of touches) this.#byHand?.add(node)
    if (this.#group) {
      this.#group.touches.push(...touches)
      this.#group.apply.push(apply)
    } else this.#push(touches, apply)
  }

  #push(touches: readonly Inode[], apply: () => void): void {
    this.#writeOld()
    this.#changes.push({ atMs: this.#elapsedMs(), touches, apply })
  }

  #isOld(atMs: number): boolean {
    return atMs < this.#elapsedMs() - WRITTEN_MS
  }

  #writeOld(): void {
    const [oldest] = this.#changes
    if (!oldest || !this.#isOld(oldest.atMs)) return
    const young = this.#changes.findIndex(({ atMs }) => !this.#isOld(atMs))
    const old = this.#changes.splice(0, young < 0 ? this.#changes.length : young)
    for (const { apply } of old) apply()
  }

  /** With all that came before it in the same folders. */
  #keep(wanted: Set<Inode>): void {
    if (this.#changes.length === 0) return
    const all = new Set(wanted)
    const kept: Change[] = []
    const open: Change[] = []
    for (const change of this.#changes.reverse()) {
      if (!change.touches.some((node) => all.has(node))) {
        open.push(change)
        continue
      }
      kept.push(change)
      for (const node of change.touches) all.add(node)
    }
    for (const { apply } of kept.reverse()) apply()
    this.#changes = open.reverse()
  }

  #keepContent(node: Inode): void {
    this.#dirty.delete(node)
    this.#torn.delete(node)
    if (node.type !== 'file') return
    const { mode, mtimeNs, ctimeNs } = node
    this.#contents.set(node, { bytes: node.bytes.slice(0, node.sizeBytes), mode, mtimeNs, ctimeNs })
  }

  #childrenOf(dir: Inode): Map<string, Child> {
    let children = this.#children.get(dir)
    if (!children) this.#children.set(dir, (children = new Map()))
    return children
  }
}
