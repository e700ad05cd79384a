import type { Stat } from '../ports.ts'

/** Whether nobody has touched it in between; moving it changes the ctime, and a folder's times are its children's. */
export function isSameThing(a: Stat, b: Stat): boolean {
  if (a.type !== b.type || a.mode !== b.mode || a.inode !== b.inode) return false
  return a.type === 'directory' || (a.sizeBytes === b.sizeBytes && a.mtimeNs === b.mtimeNs)
}
