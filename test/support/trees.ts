/**
 * What lies in a folder, read by none of the program's own code: the oracle of tests with real disks. Names are
 * compared as bytes, so that two names that look alike stay two.
 */
import { createHash, hash } from 'node:crypto'
import { closeSync, lstatSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs'

export interface TreeEntry {
  readonly type: 'file' | 'directory' | 'symlink' | 'other'
  /** permission bits; 0 for a symlink, which has none of its own */
  readonly mode: number
  /** of a file; a folder's changes with whatever is done in it */
  readonly mtimeNs: bigint
  readonly sizeBytes: number
  /** SHA-256 of a file's content, as hex digits */
  readonly content: string
  /** of a symlink; its bytes as latin1 */
  readonly target: string
}

/** By path; each character of a path stands for one byte. */
export type Tree = ReadonlyMap<string, TreeEntry>

/** Names in the root of a folder that belong to a sync program and not to its owner. */
const ofPrograms = new Set(['.homeseed', '.stfolder', '.stversions'])

/** Enough for what the programs here keep: node sets times to the microsecond. */
const MTIME_TOLERANCE_NS = 1000n
const READ_BYTES = 4 * 1024 * 1024

/** @param ignored names in the root to leave out */
export function treeOf(root: string, ignored: ReadonlySet<string> = ofPrograms): Tree {
  const tree = new Map<string, TreeEntry>()
  addFolder(tree, Buffer.from(root), '', ignored)
  return tree
}

/** A file that Syncthing is still receiving. */
const isTemp = (name: string): boolean => name.startsWith('.syncthing.') && name.endsWith('.tmp')

/** Paths alone, sorted, in the same form: cheap to ask for often. */
export function namesIn(root: string): readonly string[] {
  const names: string[] = []
  addNames(names, Buffer.from(root), '')
  return names.sort()
}

function addNames(names: string[], folder: Buffer, prefix: string): void {
  for (const entry of readdirSync(folder, { encoding: 'buffer', withFileTypes: true })) {
    const name = entry.name.toString('latin1')
    if ((prefix === '' && ofPrograms.has(name)) || isTemp(name)) continue
    names.push(prefix + name)
    if (entry.isDirectory()) addNames(names, below(folder, entry.name), `${prefix}${name}/`)
  }
}

const below = (folder: Buffer, name: Buffer): Buffer => Buffer.concat([folder, Buffer.from('/'), name])

function addFolder(tree: Map<string, TreeEntry>, folder: Buffer, prefix: string, ignored: ReadonlySet<string>): void {
  for (const bytes of readdirSync(folder, { encoding: 'buffer' }).sort((a, b) => Buffer.compare(a, b))) {
    const name = bytes.toString('latin1')
    if (prefix === '' && ignored.has(name)) continue
    const path = below(folder, bytes)
    const entry = entryAt(path)
    tree.set(prefix + name, entry)
    if (entry.type === 'directory') addFolder(tree, path, `${prefix}${name}/`, ignored)
  }
}

function entryAt(path: Buffer): TreeEntry {
  const stat = lstatSync(path, { bigint: true })
  const common = { mode: Number(stat.mode & 0o7777n), mtimeNs: 0n, sizeBytes: 0, content: '', target: '' }
  if (stat.isDirectory()) return { ...common, type: 'directory' }
  if (stat.isSymbolicLink()) {
    return {
      ...common,
      type: 'symlink',
      mode: 0,
      target: readlinkSync(path, { encoding: 'buffer' }).toString('latin1'),
    }
  }
  if (!stat.isFile()) return { ...common, type: 'other' }
  return { ...common, type: 'file', mtimeNs: stat.mtimeNs, sizeBytes: Number(stat.size), content: contentHash(path) }
}

/** SHA-256 of a file of any size, as hex digits. */
export function contentHash(path: string | Buffer): string {
  if (lstatSync(path).size <= READ_BYTES) return hash('sha256', readFileSync(path))
  const digest = createHash('sha256')
  const buffer = Buffer.alloc(READ_BYTES)
  const file = openSync(path, 'r')
  try {
    for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer))
      digest.update(buffer.subarray(0, read))
  } finally {
    closeSync(file)
  }
  return digest.digest('hex')
}

/** What differs, one line each, at most `limit` lines; empty when the trees are equal. */
export function differences(a: Tree, b: Tree, { limit = 10, times = true } = {}): readonly string[] {
  const lines: string[] = []
  for (const path of [...new Set([...a.keys(), ...b.keys()])].sort()) {
    if (lines.length === limit) return [...lines, '...']
    const [left, right] = [a.get(path), b.get(path)]
    if (!left || !right) lines.push(`${shown(path)}: only in the ${left ? 'first' : 'second'}`)
    else
      lines.push(
        ...changes(left, right, times)
          .slice(0, 1)
          .map((change) => `${shown(path)}: ${change}`),
      )
  }
  return lines
}

function changes(a: TreeEntry, b: TreeEntry, times: boolean): readonly string[] {
  if (a.type !== b.type) return [`${a.type} / ${b.type}`]
  const apartNs = a.mtimeNs > b.mtimeNs ? a.mtimeNs - b.mtimeNs : b.mtimeNs - a.mtimeNs
  return [
    ...(a.target === b.target ? [] : [`leads to ${shown(a.target)} / ${shown(b.target)}`]),
    ...(a.sizeBytes === b.sizeBytes ? [] : [`${a.sizeBytes} bytes / ${b.sizeBytes} bytes`]),
    ...(a.content === b.content ? [] : ['content differs']),
    ...(a.mode === b.mode ? [] : [`mode ${a.mode.toString(8)} / ${b.mode.toString(8)}`]),
    ...(!times || apartNs <= MTIME_TOLERANCE_NS ? [] : [`time ${timeText(a.mtimeNs)} / ${timeText(b.mtimeNs)}`]),
  ]
}

const timeText = (ns: bigint): string => `${new Date(Number(ns / 1_000_000n)).toISOString()} (${ns} ns)`

/** Bytes as text for people, so that twins can be told apart. */
const shown = (latin1: string): string => {
  const text = Buffer.from(latin1, 'latin1').toString('utf8')
  return /[^\x20-\x7e]/.test(text) ? `${JSON.stringify(text)} (${Buffer.from(latin1, 'latin1').toString('hex')})` : text
}

/** A file's text; undefined: there is none. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined // not there yet
  }
}
