const LARGE_BYTES = 8 * 1024

/**
 * Gives memory back at once, where these bytes end the buffer that they lie in. Otherwise blocks that have passed
 * through lie about until the next garbage collection, and their mass makes for one after every 64 MiB: a fifth of the
 * processor time of a large transfer.
 * @param bytes  nobody looks at them, or at anything else in their buffer, again
 */
export function free({ buffer, byteOffset, byteLength }: Uint8Array): void {
  const isEnd = byteOffset + byteLength === buffer.byteLength
  if (!isEnd || byteLength === 0 || buffer.byteLength < LARGE_BYTES || !(buffer instanceof ArrayBuffer)) return
  try {
    buffer.transfer(0)
  } catch {
    // node's own memory for small Buffers cannot be given back, and need not
  }
}

/** Whether nothing else lies in the buffer of these bytes. */
export const isAlone = ({ buffer, byteLength }: Uint8Array): boolean => byteLength === buffer.byteLength
