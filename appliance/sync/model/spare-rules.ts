/** Of which files spare copies are kept. */

export interface SpareRules {
  /** of a file that has to be copied, where the disk cannot share content between files */
  readonly fileBytes: number
  /** of all that are copied */
  readonly bytes: number
}

const MIB = 2 ** 20
const GB = 1e9

/** @returns undefined: none are kept */
export function spareRules(wish: 'on' | 'off' | 'auto', diskBytes: number): SpareRules | undefined {
  switch (wish) {
    case 'off':
      return undefined
    case 'auto':
      return { fileBytes: 16 * MIB, bytes: Math.min(2 * GB, diskBytes / 100) }
    case 'on':
      return { fileBytes: 64 * MIB, bytes: diskBytes / 10 }
  }
}
