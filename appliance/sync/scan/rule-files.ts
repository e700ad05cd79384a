/** Reads the files that say what is not synced: this device's own first, then the one that all devices share. */
import type { RulesRead, ShareRoot } from '../disk-work.ts'
import { Folders } from '../folders.ts'
import { codeOf } from '../model/error-code.ts'
import { IgnoreRules, MAX_RULES, ruleOf } from '../model/ignore-rules.ts'
import { isIgnored, OWN_RULES, SHARED_RULES } from '../model/ignored.ts'
import { parentOf, parseRelPath } from '../model/rel-path.ts'
import type { RelPath } from '../model/rel-path.ts'
import type { FileSystem } from '../ports.ts'
import { checkFolder } from './marker.ts'

const MAX_FILE_BYTES = 64 * 1024
/** files that include files that include files ... */
const MAX_DEPTH = 10
const MAX_FILES = 50

type Bad = RulesRead & { readonly type: 'bad' }

/** Where a rule stands. */
interface Line {
  readonly path: RelPath
  /** from 1 */
  readonly line: number
}

/** @throws node's errors when the share's folder cannot be opened */
export function readRules(fs: FileSystem, root: ShareRoot): RulesRead {
  using folders = new Folders(fs.openRoot(root.path))
  const reader = new RuleReader(folders)
  // an empty mount point has no rules either: what was read counts only while the folder is the one that was shared
  const isShared = () => checkFolder(fs, root, folders.root).type === 'complete'
  if (!isShared()) return { type: 'wrong-folder' }
  const bad = reader.read(OWN_RULES as RelPath, undefined) ?? reader.read(SHARED_RULES as RelPath, undefined)
  if (!isShared()) return { type: 'wrong-folder' }
  return bad ?? reader.result()
}

class RuleReader {
  readonly #folders: Folders
  readonly #rules: string[] = []
  /** of each rule */
  readonly #lines: Line[] = []
  readonly #sources: RelPath[] = []
  #newestNs = 0n

  constructor(folders: Folders) {
    this.#folders = folders
  }

  /** @param from the line that includes it; undefined: it need not be there. @returns what is wrong, if anything */
  read(path: RelPath, from: Line | undefined, depth = 0): Bad | undefined {
    if (this.#sources.length >= MAX_FILES || depth > MAX_DEPTH) return bad('bad-include', from)
    const text = this.#textOf(path)
    if (text === undefined) return from && bad('bad-include', from)
    if (typeof text === 'object') return text
    this.#sources.push(path)
    for (const [i, content] of text.split('\n').entries()) {
      const line: Line = { path, line: i + 1 }
      const found = ruleOf(content)
      if (!found) continue
      if ('rule' in found) {
        if (this.#rules.length >= MAX_RULES) return bad('too-many', line)
        this.#rules.push(found.rule)
        this.#lines.push(line)
        continue
      }
      const included = resolve(path, found.include)
      const problem = included === undefined ? bad('bad-include', line) : this.read(included, line, depth + 1)
      if (problem) return problem
    }
    return undefined
  }

  result(): RulesRead {
    const parsed = IgnoreRules.parse(this.#rules)
    if (parsed.ok) {
      const newestMs = Number(this.#newestNs / 1_000_000n)
      return { type: 'read', rules: this.#rules, sources: this.#sources, newestMs }
    }
    const { error, line } = parsed.error
    return bad(error, this.#lines[line])
  }

  /** undefined: there is no such file */
  #textOf(path: RelPath): string | undefined | Bad {
    try {
      using file = this.#folders.openFile(path)
      const { sizeBytes, mtimeNs } = file.stat()
      if (sizeBytes > MAX_FILE_BYTES) return bad('too-many', { path, line: 0 })
      const bytes = new Uint8Array(sizeBytes)
      if (file.read(bytes, 0) < sizeBytes) return bad('unreadable', { path, line: 0 })
      if (mtimeNs > this.#newestNs) this.#newestNs = mtimeNs
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    } catch (error) {
      return codeOf(error) === 'ENOENT' ? undefined : bad('unreadable', { path, line: 0 })
    }
  }
}

const bad = (why: Bad['why'], at: Line | undefined): Bad => ({
  type: 'bad',
  why,
  path: at?.path ?? OWN_RULES,
  line: at?.line || undefined,
})

/** Seen from the file that includes it. Undefined: that is nowhere in the share. */
function resolve(from: RelPath, typed: string): RelPath | undefined {
  const parts = typed.startsWith('/') ? [] : (parentOf(from)?.split('/') ?? [])
  for (const part of typed.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return undefined
  }
  const path = parseRelPath(parts.join('/'))
  return path !== undefined && !isIgnored(path) ? path : undefined
}
