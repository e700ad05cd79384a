/**
 * Everything impure that the engine touches: clock, chance, file system, disk work, connections. A real box
 * and the deterministic simulation differ in nothing but these.
 */
import type { EntryType } from './model/entry.ts'
import type { Xattr } from './model/platform.ts'

export interface Clock {
  /** milliseconds since 1970 by the wall clock; may jump */
  now(): number
  /** milliseconds that only ever grow */
  monotonic(): number
  /** Runs `action` once after `delayMs`; the answer cancels it. */
  after(delayMs: number, action: () => void): () => void
  /** Lets everything else that is due have its turn. */
  breathe(): Promise<void>
}

export interface Random {
  bytes(length: number): Uint8Array
}

export type LogLevel = 'error' | 'warn' | 'info' | 'debug'
export type Log = Readonly<Record<LogLevel, (event: string, data?: Readonly<Record<string, unknown>>) => void>>

/** What `lstat` tells of one directory entry. `other`: FIFO, socket, device. */
export interface Stat {
  readonly type: EntryType | 'other'
  readonly sizeBytes: number
  /** permission bits only, 0o000 to 0o777 */
  readonly mode: number
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
  /** when it was made; where the file system does not say, its ctime */
  readonly birthNs: bigint
  readonly inode: bigint
  readonly device: bigint
  /** how many names it has */
  readonly links: number
  readonly uid: number
  readonly gid: number
}

/**
 * An open directory. Names are single components; nothing here follows a symlink, so no name can lead out of
 * the tree that the first directory was opened on. All calls throw node's errors (`code`).
 */
export interface Dir extends Disposable {
  /** of the directory itself */
  stat(): Stat
  /** Unsorted. A name that is not valid UTF-8 comes as its bytes: nothing else here takes such a name. */
  list(): readonly (string | Uint8Array)[]
  /** undefined: nothing has this name */
  lstat(name: string): Stat | undefined
  openDir(name: string): Dir
  /** Opens a regular file for reading; a symlink is ELOOP. Never waits for the other end of a FIFO. */
  openFile(name: string): File
  /** Makes a new file, open for reading and writing, mode 0600; EEXIST if the name is taken. */
  createFile(name: string): File
  /** Opens a regular file for reading and writing; a symlink is ELOOP. */
  editFile(name: string): File
  makeDir(name: string, mode: number): void
  makeLink(name: string, target: string): void
  readLink(name: string): string
  /** Gives a file or symlink a second name; EEXIST if the name is taken, EPERM where there are no hard links. */
  link(name: string, toDir: Dir, toName: string): void
  /** Replaces what is at the new name, as POSIX rename does. */
  rename(name: string, toDir: Dir, toName: string): void
  removeFile(name: string): void
  removeDir(name: string): void
  /** of the directory itself; what it has besides permissions (setgid, sticky) stays */
  setMode(mode: number): void
  /** of the directory itself */
  setMtime(mtimeNs: bigint): void
  /** of the directory itself */
  setOwner(uid: number, gid: number): void
  /** Extended attributes in `user.…` of what has this name; ENOTSUP or none where there are no such things. */
  xattrs(name: string): readonly Xattr[]
  /** Makes them exactly these. */
  setXattrs(name: string, xattrs: readonly Xattr[]): void
  /** Of the file system that it lies on. */
  space(): { readonly freeBytes: number; readonly totalBytes: number }
  close(): void
}

export interface File extends Disposable {
  stat(): Stat
  /** @returns bytes read; less than asked for at the end of the file */
  read(into: Uint8Array, position: number): number
  write(bytes: Uint8Array, position: number): void
  /** Cuts it off, or lengthens it by a hole. */
  setSize(sizeBytes: number): void
  /**
   * Makes a new file, mode 0600, that shares this one's content until one of them changes. Throws ENOTSUP and the like
   * where a disk cannot; then nothing was made.
   */
  cloneTo(dir: Dir, name: string): void
  setMode(mode: number): void
  setOwner(uid: number, gid: number): void
  /** As exactly as the file system and node can: to the microsecond on ext4, to two seconds on FAT. */
  setMtime(mtimeNs: bigint): void
  close(): void
}

export interface FileSystem {
  /** Whether no two changes of a file ever leave it with the same ctime: true in memory, not on a disk. */
  readonly exactTimes: boolean
  /** @param path absolute; links in it are followed, as it is the owner who named it */
  openRoot(path: string): Dir
  /** As they are now. */
  accounts(): Accounts
  /**
   * fsync of all of them, side by side: of a directory, names made and removed in it survive a power cut.
   * One outcome each, in order: undefined, or the error's code. Never rejects.
   */
  sync(handles: readonly (File | Dir)[]): Promise<readonly (string | undefined)[]>
}

/** What this computer calls users and groups. */
export interface Accounts {
  uidOf(user: string): number | undefined
  gidOf(group: string): number | undefined
  userOf(uid: number): string | undefined
  groupOf(gid: number): string | undefined
}

/** A two-way stream of bytes to an authenticated peer. */
export interface Connection {
  /** SHA-256 of the peer's certificate, 32 bytes */
  readonly peerId: Uint8Array
  /** Whether this side dialled. */
  readonly dialled: boolean
  /** HOST:PORT of the peer, for people */
  readonly address: string
  /** 32 bytes of keying material that only these two ends of this very connection share (RFC 8446, 7.5) */
  readonly exporter: Uint8Array
  /** How many bytes have gone out so far, while more wait to; undefined when none wait, or where nobody counts. */
  readonly stuckAt?: number | undefined
  /**
   * Queues bytes, which are given away; resolves when the peer's pace allows more. Rejects once closed.
   */
  write(parts: readonly Uint8Array[]): Promise<void>
  /** Set once, before anything arrives; returning a promise makes the sender wait. */
  onData(handler: (bytes: Uint8Array) => void | Promise<void>): void
  onClose(handler: (error: Error | undefined) => void): void
  close(): void
}

/** Opens connections. Accepting them is the shell's part: it hands each to the engine. */
export interface Dialer {
  /** @param address HOST:PORT; rejects with an error a person can read, also when the signal gives it up */
  dial(address: string, signal?: AbortSignal): Promise<Connection>
}

/** Hints that something changed below a folder; may be lost, doubled or late. */
export interface Watcher {
  close(): Promise<void>
}
export interface WatchFolder {
  /** @param onReady  all of the folder is watched from now on; what changed before may not have been told */
  (root: string, onChange: (path: string) => void, onTrouble: (error: Error) => void, onReady: () => void): Watcher
}
