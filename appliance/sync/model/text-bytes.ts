/** `u32 length ‖ UTF-8`: a text in what is signed, so that none passes for another with what follows it. */
export function textBytes(text: string): Buffer {
  const bytes = Buffer.from(text)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}
