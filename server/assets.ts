import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { iconNames } from '../ui/icons.ts'
import { assetNames } from '../ui/view.ts'
import type { AssetName } from '../ui/view.ts'
import { sheetStyle } from './keys/recovery-sheet.ts'

/** `panel.js` and the style sheets: as they are, no build step. */
const ownFolder = new URL('../ui/static/', import.meta.url)
/** In one file for browsers. The first names the layers; within a layer the later wins. */
const styleSheets = ['tokens', 'base', 'layout', 'status', 'cards', 'forms', 'lists', 'notices'] as const
const htmxFolder = new URL('../node_modules/htmx.org/dist/', import.meta.url)
/** Lucide, ISC; some of its icons come from Feather, MIT. */
const iconFolder = new URL('../node_modules/lucide-static/icons/', import.meta.url)

interface Asset {
  readonly type: string
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly gzip: Uint8Array<ArrayBuffer>
}

export interface Assets {
  /** `/a/HASH/NAME`: another content has another path, so browsers may keep each for ever */
  readonly paths: Readonly<Record<AssetName, string>>
  at(path: string): Asset | undefined
}

const typeOf = { css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8', svg: 'image/svg+xml' }

/** Reads everything that pages load; some 60 KB. @throws when a file is missing: nothing works without them. */
export function loadAssets(): Assets {
  const byPath = new Map<string, Asset>()
  const paths = assetNames.map((name) => {
    const bytes = Buffer.from(sourceOf(name))
    const path = `/a/${hash('sha256', bytes).slice(0, 12)}/${name}`
    const type = typeOf[name.slice(name.lastIndexOf('.') + 1) as keyof typeof typeOf]
    byPath.set(path, { type, bytes, gzip: Buffer.from(gzipSync(bytes, { level: 9 })) })
    return [name, path]
  })
  return { paths: Object.fromEntries(paths) as Record<AssetName, string>, at: (path) => byPath.get(path) }
}

const read = (name: string, folder: URL) => readFileSync(new URL(name, folder), 'utf8')

function sourceOf(name: AssetName): string {
  switch (name) {
    case 'homeseed.css':
      return styleSheets.map((sheet) => read(`${sheet}.css`, ownFolder)).join('')
    case 'sheet.css':
      return sheetStyle
    case 'panel.js':
      return read(name, ownFolder)
    case 'live.js': // what a page that moves needs, in one request
      return [read('htmx.min.js', htmxFolder), read('ext/hx-sse.min.js', htmxFolder), read('panel.js', ownFolder)].join(
        ';\n',
      )
    case 'sprite.svg':
      return sprite()
    case 'icon-ok.svg':
      return favicon('#17692f')
    case 'icon-busy.svg':
      return favicon('#0b5fc4')
    case 'icon-bad.svg':
      return favicon('#b3131f')
  }
}

/** The lines inside an icon's `<svg>`. */
const drawing = (icon: string) => {
  const inside = /<svg[^>]*>([\s\S]*)<\/svg>/.exec(read(`${icon}.svg`, iconFolder))?.[1]
  if (inside === undefined) throw new Error(`the icon ${icon} is no SVG`)
  return inside.replace(/\s*\n\s*/g, '')
}

const sprite = () =>
  `<svg xmlns="http://www.w3.org/2000/svg"><!-- Lucide (ISC) and Feather (MIT), see lucide.dev/license -->${iconNames
    .map((icon) => `<symbol id="${icon}" viewBox="0 0 24 24">${drawing(icon)}</symbol>`)
    .join('')}</svg>`

const favicon = (colour: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-4 -4 32 32"><rect x="-4" y="-4" width="32" height="32" rx="8" fill="${colour}"/><g fill="none" stroke="#fff" stroke-width="2.25" stroke-linecap="round" stroke-linejoin="round">${drawing('sprout')}</g></svg>`
