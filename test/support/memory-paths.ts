/** Absolute paths of `MemoryFs`, taken apart. */
export const parts = (path: string): string[] => path.split('/').filter((part) => part !== '')
export const parentPath = (path: string): string => path.slice(0, path.lastIndexOf('/'))
export const lastPart = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
