/** Walks a folder and gives what lies there in byte order of the paths, as the index sorts them. */
import { codeOf, leadsNowhere } from '../model/error-code.ts'
import type { IgnoreRules, Ruling } from '../model/ignore-rules.ts'
import { isIgnoredName } from '../model/ignored.ts'
import { joinPath, parseRelPath } from '../model/rel-path.ts'
import type { RelPath } from '../model/rel-path.ts'
import type { Dir, Stat } from '../ports.ts'
import type { Found } from '../disk-work.ts'
import { compareBytes, sortByBytes } from './byte-order.ts'

export type WalkStep =
  | { readonly type: 'entry'; readonly path: RelPath; readonly dir: Dir; readonly name: string; readonly stat: Stat }
  /** what the index holds at this very path is neither confirmed nor gone */
  | { readonly type: 'unknown'; readonly path: RelPath }
  /** likewise for all that it holds below; comes where the first of them would come */
  | { readonly type: 'unknown-below'; readonly path: RelPath | undefined }
  | { readonly type: 'found'; readonly found: Found }

/** A folder being walked. Those found in it wait in `later`: `a/x` comes behind `a-b` and `a.txt`. */
interface Level {
  readonly dir: Dir
  /** whether the walk opened it and so closes it */
  readonly isOwn: boolean
  readonly path: RelPath | undefined
  readonly names: readonly string[]
  next: number
  readonly later: Later[]
}
interface Later {
  readonly name: string
  /** whether to walk it; otherwise nothing is known of what lies below */
  readonly walk: boolean
}

/**
 * Holds in memory one folder's names for each level, and nothing else.
 * @param dir the folder at `path`; it stays the caller's to close
 * @param rules what they ignore is not looked at, nor is what lies below, unless a rule takes something of that back
 * @param only walk just this name in it and what lies below, not the whole folder
 */
export function* walk(dir: Dir, path: RelPath | undefined, rules: IgnoreRules, only?: string): Generator<WalkStep> {
  const { device } = dir.stat()
  const first = only === undefined ? yield* read(dir, path, false) : levelOf(dir, path, [only], false)
  const levels = first ? [first] : []
  try {
    for (let level = levels.at(-1); level; level = levels.at(-1)) {
      const name = level.names[level.next]
      const later = level.later[0]
      if (later && (name === undefined || compareBytes(`${later.name}/`, name) < 0)) {
        level.later.shift()
        const below = yield* enter(level, later, device)
        if (below) levels.push(below)
      } else if (name !== undefined) {
        level.next += 1
        yield* look(level, name, device, rules)
      } else {
        levels.pop()
        if (level.isOwn) level.dir.close()
      }
    }
  } finally {
    for (const level of levels) if (level.isOwn) level.dir.close()
  }
}

const levelOf = (dir: Dir, path: RelPath | undefined, names: readonly string[], isOwn: boolean): Level => {
  return { dir, isOwn, path, names, next: 0, later: [] }
}

/** undefined: it cannot be read, and so nothing is known of what lies in it */
function* read(dir: Dir, path: RelPath | undefined, isOwn: boolean): Generator<WalkStep, Level | undefined> {
  try {
    const names: string[] = []
    for (const name of dir.list()) {
      if (typeof name === 'string') names.push(name)
      else yield blocked(`${path === undefined ? '' : `${path}/`}${Buffer.from(name).toString('utf8')}`, 'bad-name')
    }
    return levelOf(dir, path, sortByBytes(names), isOwn)
  } catch (error) {
    if (isOwn) dir.close()
    yield* unreadable(path, codeOf(error))
    return undefined
  }
}

function* look(level: Level, name: string, device: bigint, rules: IgnoreRules): Generator<WalkStep> {
  const { dir } = level
  const path = parseRelPath(joinPath(level.path, name))
  if (path === undefined) {
    // the index holds no such path, so there is nothing to leave alone either
    yield blocked(joinPath(level.path, name), 'bad-name')
    return
  }
  const ruling: Ruling = isIgnoredName(name, level.path === undefined) ? 'ignored' : rules.ruling(path)
  const stat = ruling === 'ignored' ? undefined : lstat(dir, name)
  if (ruling === 'ignored' || (ruling === 'folder' && !isFolder(stat))) {
    yield* pass(level, name, path)
    return
  }
  if (typeof stat === 'string') {
    yield* pass(level, name, path)
    yield { type: 'found', found: { kind: 'unreadable', path, code: stat } }
  } else if (stat === undefined) {
    return // gone since its folder was read
  } else if (stat.type === 'other') {
    yield* pass(level, name, path)
    yield blocked(path, 'special-file')
  } else if (stat.device !== device) {
    yield* pass(level, name, path)
    yield blocked(path, 'other-file-system')
  } else {
    yield { type: 'entry', path, dir, name, stat }
    if (stat.type === 'directory') putLater(level, { name, walk: true })
  }
}

/** Nothing is said of the path nor of what lies below. */
function* pass(level: Level, name: string, path: RelPath): Generator<WalkStep> {
  putLater(level, { name, walk: false })
  yield { type: 'unknown', path }
}

/** Names come in order, but with the `/` behind them `a` comes after `a.b`: so at most a few change places. */
function putLater(level: Level, later: Later): void {
  const { later: waiting } = level
  let at = waiting.length
  for (
    let before = waiting[at - 1];
    before && compareBytes(`${later.name}/`, `${before.name}/`) < 0;
    before = waiting[at - 1]
  )
    at -= 1
  waiting.splice(at, 0, later)
}

function* enter(level: Level, later: Later, device: bigint): Generator<WalkStep, Level | undefined> {
  const path = joinPath(level.path, later.name)
  if (!later.walk) {
    yield { type: 'unknown-below', path }
    return undefined
  }
  let dir: Dir
  try {
    dir = level.dir.openDir(later.name)
  } catch (error) {
    yield* unreadable(path, codeOf(error))
    return undefined
  }
  if (dir.stat().device === device) return yield* read(dir, path, true)
  dir.close()
  yield* unreadable(path, 'EXDEV')
  return undefined
}

function* unreadable(path: RelPath | undefined, code: string): Generator<WalkStep> {
  // a folder that was there a moment ago and is not now: somebody is at work on it
  const vanished = path !== undefined && leadsNowhere(code)
  yield { type: 'found', found: vanished ? { kind: 'busy', path } : { kind: 'unreadable', path, code } }
  yield { type: 'unknown-below', path }
}

const isFolder = (stat: Stat | string | undefined): boolean => typeof stat === 'object' && stat.type === 'directory'

function lstat(dir: Dir, name: string): Stat | string | undefined {
  try {
    return dir.lstat(name)
  } catch (error) {
    return codeOf(error)
  }
}

const blocked = (name: string, reason: 'bad-name' | 'special-file' | 'other-file-system'): WalkStep => {
  return { type: 'found', found: { kind: 'blocked', name, reason } }
}
