import type { ScanEnd } from '../disk-work.ts'

/** Why nothing is written to a share's folder at present. */
export interface DiskTrouble {
  readonly state: 'disk-missing' | 'disk-full' | 'error'
  readonly message: string
}

export const diskFull: DiskTrouble = {
  state: 'disk-full',
  message: 'The disk is full. Receiving is stopped until there is room.',
}

const stopped = 'Syncing is stopped so that nothing is deleted.'

export function wrongFolder({ reason }: ScanEnd & { type: 'wrong-folder' }, path: string): DiskTrouble {
  switch (reason) {
    case 'missing':
      return { state: 'disk-missing', message: `The folder "${path}" is not there: is its disk connected? ${stopped}` }
    case 'no-marker':
      return {
        state: 'disk-missing',
        message: `"${path}" has lost its mark .homeseed/share: is its disk connected? ${stopped}`,
      }
    case 'other-share':
      return { state: 'error', message: `"${path}" belongs to another share now. ${stopped}` }
    case 'moved-away':
      return { state: 'disk-missing', message: `The disk of "${path}" was taken away while it was read. ${stopped}` }
  }
}
