/**
 * Tells another thread that this one still moves: how often it has asked something of a disk, and of which folder last.
 * A thread that waits for a disk that hangs can tell nothing any more.
 */
let cells = new Int32Array(2)

export const pulse = {
  /** @param shared  two cells that the other thread looks into */
  showIn(shared: Int32Array<SharedArrayBuffer>): void {
    cells = shared as unknown as typeof cells
  },

  /** A number for a folder (FNV-1a): the same in each thread. */
  nameOf(path: string): number {
    let hash = 0x811c9dc5
    for (let i = 0; i < path.length; i++) hash = Math.imul(hash ^ path.charCodeAt(i), 0x01000193)
    return hash | 0
  },

  /** The thread is about to ask something of the disk that a folder lies on. */
  beat(folder: number): void {
    cells[0] = (cells[0] ?? 0) + 1
    cells[1] = folder
  },
}
