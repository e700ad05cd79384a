/** The known word that was probably meant; undefined when none is near. Nobody mistypes several letters and the first. */
export function nearest(typed: string, known: readonly string[]): string | undefined {
  const longestDistance = typed.length <= 3 ? 1 : 2
  return known
    .map((word) => ({ word, distance: word.startsWith(typed) && typed.length >= 2 ? 0 : distance(typed, word) }))
    .filter(({ word, distance: far }) => far <= (word[0] === typed[0] ? longestDistance : 1))
    .sort((a, b) => a.distance - b.distance)[0]?.word
}

/** Levenshtein: characters to add, remove or replace. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return Infinity
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? Infinity
}
