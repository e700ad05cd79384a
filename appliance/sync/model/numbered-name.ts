const MAX_NAME_BYTES = 255
/** What is longer is no extension but part of the name. */
const MAX_EXTENSION_BYTES = 32
const utf8 = new TextEncoder()
const bytesOf = (text: string): number => utf8.encode(text).length

/** `holiday.jpg` with `~1` becomes `holiday~1.jpg`; shortened between characters to what a file system takes. */
export function withSuffix(name: string, suffix: string): string {
  const [stem, extension] = splitExtension(name)
  return shorten(stem, MAX_NAME_BYTES - bytesOf(suffix + extension)) + suffix + extension
}

/** `holiday.jpg` into `holiday` and `.jpg`; a name that begins with its only dot has no extension. */
export function splitExtension(name: string): readonly [stem: string, extension: string] {
  const dot = name.lastIndexOf('.')
  const hasExtension = dot > 0 && bytesOf(name.slice(dot)) <= MAX_EXTENSION_BYTES
  return hasExtension ? [name.slice(0, dot), name.slice(dot)] : [name, '']
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
