/** Extended attributes on a real disk. Node has no calls for them, and the package with them fits not every computer. */
import { createRequire } from 'node:module'
import type { Xattr } from './model/platform.ts'

/** `@napi-rs/xattr`, as far as it is used: never follows a symlink. */
interface Library {
  listAttributesSync(path: string): readonly string[]
  getAttributeSync(path: string, name: string): Uint8Array | null
  setAttributeSync(path: string, name: string, value: Uint8Array): void
  removeAttributeSync(path: string, name: string): void
}

let library: Library | 'none' | undefined

function load(): Library | undefined {
  try {
    library ??= createRequire(import.meta.url)('@napi-rs/xattr') as Library
  } catch {
    library = 'none' // not for this computer
  }
  return library === 'none' ? undefined : library
}

const NAMESPACE = 'user.'
const codeByNumber: Readonly<Record<string, string>> = {
  1: 'EPERM',
  2: 'ENOENT',
  5: 'EIO',
  7: 'E2BIG',
  13: 'EACCES',
  28: 'ENOSPC',
  30: 'EROFS',
  34: 'ERANGE',
  61: 'ENODATA',
  95: 'ENOTSUP',
}

/** With the codes that node's own calls have. */
function call<T>(action: () => T): T {
  try {
    return action()
  } catch (error) {
    const number = /os error (\d+)/.exec(String(error))?.[1] ?? ''
    throw Object.assign(new Error(String(error)), { code: codeByNumber[number] ?? 'EIO' })
  }
}

/** Only `user.…`, unsorted. @throws errors with node's codes; ENOTSUP: not on this computer */
export function readXattrs(path: string): readonly Xattr[] {
  const xattr = load()
  if (!xattr) throw Object.assign(new Error('no extended attributes here'), { code: 'ENOTSUP' })
  return call(() => xattr.listAttributesSync(path))
    .filter((name) => name.startsWith(NAMESPACE))
    .flatMap((name) => {
      const value = call(() => xattr.getAttributeSync(path, name))
      return value ? [{ name, value: Uint8Array.from(value) }] : []
    })
}

/** Makes those in `user.…` exactly these. @throws as above */
export function writeXattrs(path: string, wanted: readonly Xattr[]): void {
  const xattr = load()
  const there = new Map(readXattrs(path).map(({ name, value }) => [name, value]))
  for (const name of there.keys())
    if (!wanted.some((each) => each.name === name)) call(() => xattr?.removeAttributeSync(path, name))
  for (const { name, value } of wanted) {
    const old = there.get(name)
    if (!old || Buffer.compare(old, value) !== 0) call(() => xattr?.setAttributeSync(path, name, value))
  }
}
