import { create } from 'qrcode'
import { html } from '../html.ts'
import type { Html } from '../html.ts'

/** Empty modules around the code, so that cameras find its edge. */
const quietZone = 4

/** Always black on white, also in dark mode. @param label says what it leads to, never the text itself */
export function qrCode(text: string, label: string): Html {
  const { modules } = create(text, { errorCorrectionLevel: 'M' })
  const side = modules.size + 2 * quietZone
  const runs: string[] = []
  for (let y = 0; y < modules.size; y++)
    for (let x = 0; x < modules.size; x++) {
      const start = x
      while (x < modules.size && modules.get(y, x)) x += 1
      if (x > start) runs.push(`M${start + quietZone} ${y + quietZone}h${x - start}v1h-${x - start}z`)
    }
  return html`<svg class="qr" role="img" aria-label="${label}" viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges">
    <rect width="${side}" height="${side}" fill="#fff"></rect>
    <path d="${runs.join('')}" fill="#000"></path>
  </svg>`
}
