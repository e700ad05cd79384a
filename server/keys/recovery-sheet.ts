import { deviceIdToText } from '../../appliance/sync/model/device-id.ts'
import type { Access } from '../../appliance/sync/model/access.ts'
import { parseSecret, secretLink } from '../../appliance/sync/model/secret-text.ts'
import { deviceIdOf } from '../../appliance/sync/wire/certificate.ts'
import { qrCode } from '../../ui/components/qr-code.ts'
import { html } from '../../ui/html.ts'
import type { Html } from '../../ui/html.ts'
import { plainText } from '../../ui/plain-text.ts'
import type { KeysBackup, SharedFolder } from './backup.ts'

export const sheetStyle = `
  body { font: 12pt/1.4 sans-serif; margin: 2cm; color: #000; background: #fff }
  h1 { font-size: 18pt } h2 { font-size: 14pt; margin: 0 0 2mm }
  section { display: flex; gap: 8mm; break-inside: avoid; margin: 8mm 0; border-top: 1px solid #999; padding-top: 6mm }
  .qr { width: 45mm; flex: none } code { font: 11pt/1.5 monospace; overflow-wrap: anywhere }
  .around { font-size: 11pt } @media print { .around { display: none } }`

const inTheFile: SheetPlace = { style: html`<style>${sheetStyle}</style>` }

/** What is different where a server shows the sheet. */
export interface SheetPlace {
  readonly style: Html
  /** stands before it, on the screen alone */
  readonly around?: Html
}

/** In groups of four, as people read and type it. */
const grouped = (secret: string): string => secret.replace(/.{4}(?=.)/g, '$& ')

const kinds: Readonly<Record<Access, string>> = {
  'read-write': 'read and write',
  'read-only': 'read only',
  'seed-only': 'keep sealed, without reading it',
}

function shareBlock({ name, path, secret }: SharedFolder): Html {
  const parsed = parseSecret(secret)
  const link = parsed.ok ? secretLink(parsed.value.secret, name) : secret
  const kind = parsed.ok && 'access' in parsed.value.secret ? kinds[parsed.value.secret.access] : ''
  return html`<section>
    ${qrCode(link, plainText(name))}
    <div>
      <h2><bdi>${plainText(name)}</bdi></h2>
      <p>${kind} · <bdi>${plainText(path)}</bdi></p>
      <p><code>${grouped(secret)}</code></p>
    </div>
  </section>`
}

/** A page to print: the secrets of all shares, for the day that nothing else is left. It asks for nothing from elsewhere. */
export const recoverySheet = (
  { certificate, deviceName, shares }: KeysBackup,
  now: Date,
  { style, around }: SheetPlace = inTheFile,
): Html =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>Homeseed recovery sheet</title>
        ${style}
      </head>
      <body>
        ${around}
        <h1>Homeseed recovery sheet</h1>
        <p>
          Of ${plainText(deviceName ?? 'this device')}, ${now.toISOString().slice(0, 10)}. Whoever has a secret has the files of that
          share: keep this paper as you keep a passport.
        </p>
        <p>
          To get a share back on any device: homeseed share join SECRET FOLDER --host ADDRESS, or “Join with a secret” in the panel.
          Another device that has the share must be on.
        </p>
        ${shares.map(shareBlock)}
        <p><code>${deviceIdToText(deviceIdOf(certificate))}</code><br />The ID of this device.</p>
      </body>
    </html>`
