/** Absolute paths of `MemoryFs`, taken apart. */
export function parts(path: string): readonly string[] {
  const known = taken.get(path)
  if (known) return known
  const names = path.split('/').filter((part) => part !== '')
  if (taken.size >= MANY) taken.clear()
  taken.set(path, names)
  return names
}

/** Of few paths it is asked all the time. */
const taken = new Map<string, readonly string[]>()
const MANY = 1000
export const parentPath = (path: string): string => path.slice(0, path.lastIndexOf('/'))
export const lastPart = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
