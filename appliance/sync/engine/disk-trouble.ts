import type { FolderState, ScanEnd } from '../disk-work.ts'

/** Why nothing is written to a share's folder at present, or nothing is done with it at all. */
export interface DiskTrouble {
  readonly state: 'disk-missing' | 'disk-full' | 'error'
  /** stable word, for scripts and for whoever tells it in another language */
  readonly reason: TroubleReason
  readonly message: string
}

export type TroubleReason =
  | 'missing'
  | 'no-marker'
  | 'moved-away'
  | 'other-share'
  | 'full'
  | 'read-only'
  | 'no-permission'
  | 'failing'
  | 'hung'
  | 'not-started'

export const diskFull: DiskTrouble = {
  state: 'disk-full',
  reason: 'full',
  message:
    'The disk is full. Receiving is stopped until there is room. Old versions younger than a day stay even now: those that you can do without, delete in ".homeseed/archive" in the folder.',
}

const stopped = 'Syncing is stopped so that nothing is deleted.'
const goesOn = 'It goes on by itself.'

/** @returns undefined: all is well */
export function troubleOf(state: FolderState, path: string): DiskTrouble | undefined {
  switch (state.type) {
    case 'complete':
      return undefined
    case 'wrong-folder':
      return wrongFolder(state, path)
    case 'no-space':
      return diskFull
    case 'read-only':
      return error(
        'read-only',
        `The disk of "${path}" can only be read. Others still get what is on it, and nothing is taken in. Check the disk, then make it writable. ${goesOn}`,
      )
    case 'no-permission':
      return error(
        'no-permission',
        `Homeseed may not write to "${path}". Change its owner or its permissions. ${goesOn}`,
      )
    case 'failing':
      return failing(path, state.code)
  }
}

export const hungDisk = (path: string): DiskTrouble =>
  error(
    'hung',
    `The disk of "${path}" does not answer. Other shares go on. Check its cable and its power, or restart this device. ${goesOn} once it answers.`,
  )

export const notStarted = (path: string, reason: string): DiskTrouble =>
  error('not-started', `"${path}" cannot be used now: ${reason}. It is tried again every few seconds.`)

const failing = (path: string, code: string): DiskTrouble =>
  error(
    'failing',
    `The disk of "${path}" fails (${code}). Check its cable; save what is on it if that does not help. ${stopped}`,
  )

const error = (reason: TroubleReason, message: string): DiskTrouble => ({ state: 'error', reason, message })

/** Errors that tell of a disk that breaks down, not of a folder that is elsewhere. */
const breakdowns: readonly (string | undefined)[] = ['EIO', 'ENXIO', 'ENODEV', 'EUCLEAN', 'ESTALE', 'EREMOTEIO']

export function wrongFolder({ reason, code }: ScanEnd & { type: 'wrong-folder' }, path: string): DiskTrouble {
  if (code !== undefined && breakdowns.includes(code)) return failing(path, code)
  const missing = (message: string): DiskTrouble => ({ state: 'disk-missing', reason, message })
  switch (reason) {
    case 'missing':
      return missing(`The folder "${path}" is not there: is its disk connected? ${stopped}`)
    case 'no-marker':
      return missing(`"${path}" has lost its mark .homeseed/share: is its disk connected? ${stopped}`)
    case 'moved-away':
      return missing(`The disk of "${path}" was taken away while it was read. ${stopped}`)
    case 'other-share':
      return error(reason, `"${path}" belongs to another share now. ${stopped}`)
  }
}
