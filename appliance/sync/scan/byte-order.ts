/**
 * Orders texts as their UTF-8 bytes do, which is how the index sorts paths. Comparing JavaScript's own code units
 * differs only where a character beyond U+FFFF meets one between U+E000 and U+FFFF.
 */
export function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return rank(x) - rank(y)
  }
  return a.length - b.length
}

/** Surrogates, which stand for what comes after U+FFFF, behind all other code units. */
const rank = (unit: number): number => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800)

/** In place; node's own order, which is much quicker, wherever it is the same. */
export function sortByBytes(names: string[]): string[] {
  return names.some((name) => /[\uD800-\uFFFF]/.test(name)) ? names.sort(compareBytes) : names.sort()
}
