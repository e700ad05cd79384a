const MAX_NAME_BYTES = 255
/** What is longer is no extension but part of the name. */
const MAX_EXTENSION_BYTES = 32
const utf8 = new TextEncoder()
const bytesOf = (text: string): number => utf8.encode(text).length

/** `holiday.jpg` with `~1` becomes `holiday~1.jpg`; shortened between characters to what a file system takes. */
export function withSuffix(name: string, suffix: string): string {
  const dot = name.lastIndexOf('.')
  const hasExtension = dot > 0 && bytesOf(name.slice(dot)) <= MAX_EXTENSION_BYTES
  const extension = hasExtension ? name.slice(dot) : ''
  const stem = name.slice(0, name.length - extension.length)
  return shorten(stem, MAX_NAME_BYTES - bytesOf(suffix + extension)) + suffix + extension
}

function shorten(text: string, maxBytes: number): string {
  let bytes = 0
  let kept = ''
  for (const character of text) {
    bytes += bytesOf(character)
    if (bytes > maxBytes) break
    kept += character
  }
  return kept
}
