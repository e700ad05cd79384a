import { create } from 'qrcode'

const quietZone = 2

/**
 * A QR code of half blocks, two rows of modules per line. On a terminal the colours are set, since cameras want dark
 * on light whatever the theme; elsewhere it is drawn for light paper.
 */
export function qrLines(text: string, isTerminal: boolean): readonly string[] {
  const { modules } = create(text, { errorCorrectionLevel: 'L' })
  const isDark = (x: number, y: number) =>
    x >= 0 && y >= 0 && x < modules.size && y < modules.size && Boolean(modules.get(y, x))
  const lines: string[] = []
  for (let y = -quietZone; y < modules.size + quietZone; y += 2) {
    let line = ''
    for (let x = -quietZone; x < modules.size + quietZone; x += 1) {
      const [top, bottom] = [isDark(x, y), isDark(x, y + 1)]
      line += top ? (bottom ? '█' : '▀') : bottom ? '▄' : ' '
    }
    lines.push(isTerminal ? `\u001b[30;107m${line}\u001b[0m` : line.trimEnd())
  }
  return lines
}
