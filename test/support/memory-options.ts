/** What kind of file system `MemoryFs` is to be. */
export interface MemoryFsOptions {
  /** milliseconds since 1970 */
  readonly now?: () => number
  /** however the clock is set; what is not given does not pass */
  readonly elapsedMs?: () => number
  /** bytes of content that fit in all */
  readonly capacityBytes?: number
  /** A power cut (`cutPower`) loses what was not synced. */
  readonly losesUnsynced?: boolean
  /** false: as on FAT, `link` is EPERM */
  readonly hardLinks?: boolean
  /** true: as on btrfs, files can share their content */
  readonly clones?: boolean
  /** as on FAT and exFAT: names that differ in case alone are one name */
  readonly ignoreCase?: boolean
  /** false: as on FAT, permissions are what the mount says, and setting them does nothing */
  readonly keepsModes?: boolean
  /** refuse what a user who is not root may not do in a folder or file of these permissions */
  readonly enforceModes?: boolean
  /** Called before each call of the engine, with the call's name and the path; may throw, or change the tree. */
  readonly before?: (call: string, path: string) => void
}
