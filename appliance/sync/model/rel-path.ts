declare const relPath: unique symbol
/** A path inside a share: `/`-separated, relative, every component safe to hand to the file system. */
export type RelPath = string & { readonly [relPath]: true }

const MAX_PATH_BYTES = 4096
const MAX_NAME_BYTES = 255
const MAX_DEPTH = 256

const utf8 = new TextEncoder()
/** of one character of a string, in UTF-8, at most */
const MAX_CHARACTER_BYTES = 3
const isLonger = (text: string, maxBytes: number): boolean =>
  text.length * MAX_CHARACTER_BYTES > maxBytes && utf8.encode(text).length > maxBytes

/**
 * Whether a name may be one component of a path: not empty, not `.` or `..`, no `/` or NUL,
 * well-formed Unicode, at most 255 bytes in UTF-8.
 */
export const isSafeName = (name: string): boolean =>
  name !== '' &&
  name !== '.' &&
  name !== '..' &&
  !name.includes('/') &&
  !name.includes('\0') &&
  name.isWellFormed() &&
  !isLonger(name, MAX_NAME_BYTES)

/** Parses a path that came from a peer, a form or a disk. The bytes are kept: no Unicode normalisation. */
export function parseRelPath(path: string): RelPath | undefined {
  if (isLonger(path, MAX_PATH_BYTES)) return undefined
  const parts = path.split('/')
  return parts.length <= MAX_DEPTH && parts.every(isSafeName) ? (path as RelPath) : undefined
}

export const nameOf = (path: RelPath): string => path.slice(path.lastIndexOf('/') + 1)

/** The folder a path lies in; undefined at the share's root. */
export function parentOf(path: RelPath): RelPath | undefined {
  const slash = path.lastIndexOf('/')
  return slash < 0 ? undefined : (path.slice(0, slash) as RelPath)
}

/** The folders that a path lies in, the outermost first. */
export function foldersOf(path: RelPath): readonly RelPath[] {
  const all: RelPath[] = []
  for (let at = parentOf(path); at !== undefined; at = parentOf(at)) all.unshift(at)
  return all
}

/** `parent` undefined means the share's root; `name` must be safe already. */
export const joinPath = (parent: RelPath | undefined, name: string): RelPath =>
  (parent === undefined ? name : `${parent}/${name}`) as RelPath
