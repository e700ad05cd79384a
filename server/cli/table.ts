import { plainText, textWidth } from '../../ui/plain-text.ts'

const gap = '  '

/** Columns side by side; those that are empty in every row are left out. The last one is not padded. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const shown = head.map((_, i) => i).filter((i) => rows.some((row) => row[i]))
  const cells = [head, ...rows].map((row) => shown.map((i) => plainText(row[i] ?? '')))
  const widths = shown.map((_, i) => Math.max(...cells.map((row) => textWidth(row[i] ?? ''))))
  return cells.map((row) =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell : cell + ' '.repeat((widths[i] ?? 0) - textWidth(cell))))
      .join(gap)
      .trimEnd(),
  )
}
