const POLYNOMIAL = 0xedb88320

/** CRC-32 as in zip and Ethernet (ISO 3309), 0 to 2^32 - 1. For a few bytes: works bit by bit. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
  }
  return ~crc >>> 0
}
