/** Knows every value that anybody wrote, and where each has to be in the end. */
import assert from 'node:assert/strict'
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { treeOf } from '../support/trees.ts'
import type { Tree } from '../support/trees.ts'
import type { Device } from '../e2e/devices.ts'

/** Only both devices' edits of a file of this name are a conflict. */
export const COLLIDES = 'collides'
/** A folder that becomes a file: where the news of what was deleted in it come late, it is left as a conflict copy. */
export const BECOMES_FILE = 'becomes-file'

/** What is younger is looked at twice: that is tested elsewhere, and takes its time. */
const FIRST_WRITTEN_S = 1_750_000_000

export interface Check {
  /** an old copy of disk or index may bring back what was replaced, beside what replaced it; never what was deleted */
  readonly mayHaveOld?: boolean
}

export class Oracle {
  /** every value that was ever written */
  readonly #written = new Set<string>()
  /** those that somebody has overwritten or deleted by hand, where they lay; never to be forgotten by us */
  readonly #replaced = new Set<string>()
  readonly #deleted = new Set<string>()
  /** whose owners have overwritten or deleted what all held */
  readonly #displacedBy = new Map<string, Set<Device>>()
  readonly #isInArchive = new Map<Device, Map<string, string>>()
  /** of the last check: what both held */
  #held: ReadonlySet<string> = new Set()
  readonly #devices: readonly Device[]

  constructor(devices: readonly Device[]) {
    this.#devices = devices
    for (const device of devices) this.#isInArchive.set(device, new Map())
  }

  /** Puts it there whole, as a careful program does. */
  write(device: Device, path: string, content: string): void {
    const at = join(device.folder, path)
    mkdirSync(dirname(at), { recursive: true })
    const beside = join(device.folder, '..', 'being-written')
    writeFileSync(beside, content, { flush: true })
    const time = FIRST_WRITTEN_S + this.#written.size
    utimesSync(beside, time, time)
    this.#displace(device, at, this.#replaced)
    renameSync(beside, at)
    flushFolder(dirname(at))
    this.#written.add(content)
  }

  /**
   * Until nothing is there: node ends without an error, and leaves the rest, where a program takes away one of the files
   * in a folder while it is being removed.
   * @param why  something else is to lie there
   */
  remove(device: Device, path: string, why: 'deleted' | 'replaced' = 'deleted'): void {
    const at = join(device.folder, path)
    do {
      this.#displace(device, at, why === 'deleted' ? this.#deleted : this.#replaced)
      rmSync(at, { recursive: true, force: true })
    } while (existsSync(at))
  }

  /** How many replaced values lay there at the last check. */
  get oldOnes(): number {
    return [...this.#held].filter((content) => this.#replaced.has(content)).length
  }

  /** @param tree  what both are known to hold */
  check(tree: Tree, { mayHaveOld = false }: Check = {}): void {
    for (const device of this.#devices) this.#checkFolder(device, tree, mayHaveOld)
    this.#held = new Set([...contentsByPath(this.#devices[0], tree).values()])
  }

  /** What was replaced or deleted by others is in the archive of each, if it is not in a conflict copy. */
  checkArchives(): void {
    for (const device of this.#devices) {
      const archived = this.#readArchive(device)
      for (const [content, by] of this.#displacedBy)
        assert.ok(
          by.has(device) || archived.has(content) || this.#held.has(content),
          `${named(device)}: not in the archive: ${short(content)}`,
        )
    }
  }

  #checkFolder(device: Device, tree: Tree, mayHaveOld: boolean): void {
    const there = contentsByPath(device, tree)
    for (const [path, content] of there) {
      assert.ok(this.#written.has(content), `${path} holds what nobody wrote: ${short(content)}`)
      if (path.includes(`/${BECOMES_FILE}.sync-conflict-`)) continue
      const isReplaced = this.#replaced.has(content)
      const isDeleted = this.#deleted.has(content) && !isReplaced
      assert.ok(!isDeleted, `${path} was deleted and is back: ${short(content)}`)
      assert.ok(mayHaveOld || !isReplaced, `${path} was replaced and is back: ${short(content)}`)
      const isConflict = path.includes('.sync-conflict-')
      assert.ok(mayHaveOld || !isConflict || path.includes(`/${COLLIDES}.`), `${path}: nobody else changed it`)
    }
    const contents = new Set(there.values())
    for (const content of this.#written)
      if (!this.#replaced.has(content) && !this.#deleted.has(content))
        assert.ok(contents.has(content), `${named(device)}: lost: ${short(content)}`)
  }

  #readArchive(device: Device): ReadonlySet<string> {
    const known = this.#isInArchive.get(device) ?? new Map<string, string>()
    const archive = join(device.folder, '.homeseed/archive')
    if (existsSync(archive))
      for (const [path, { type }] of treeOf(archive)) {
        if (type !== 'file' || known.has(path)) continue
        const content = readFileSync(join(archive, path), 'utf8')
        assert.ok(this.#written.has(content), `the archive's ${path} holds what nobody wrote: ${short(content)}`)
        known.set(path, content)
      }
    return new Set(known.values())
  }

  #displace(device: Device, at: string, into: Set<string>): void {
    try {
      for (const name of readdirSync(at)) this.#displace(device, join(at, name), into)
    } catch {
      if (!existsSync(at)) return
      const content = readFileSync(at, 'utf8')
      into.add(content)
      const by = this.#displacedBy.get(content) ?? new Set()
      if (this.#held.has(content)) this.#displacedBy.set(content, by.add(device))
    }
  }
}

function contentsByPath(device: Device | undefined, tree: Tree): ReadonlyMap<string, string> {
  const files = [...tree].filter(([, { type }]) => type === 'file')
  return new Map(files.map(([path]) => [path, readFileSync(join(device?.folder ?? '', path), 'utf8')]))
}

const short = (content: string): string => content.slice(0, 60)
const named = ({ folder }: Device): string => folder.split('/').at(-2) ?? folder

function flushFolder(path: string): void {
  const folder = openSync(path, 'r')
  fsyncSync(folder)
  closeSync(folder)
}
