import type { Language, Texts } from './texts/texts.ts'

const themes = ['system', 'light', 'dark'] as const
type Theme = (typeof themes)[number]
export const isTheme = (text: unknown): text is Theme => themes.some((theme) => theme === text)

export const assetNames = [
  'homeseed.css',
  'sheet.css',
  'panel.js',
  'live.js',
  'sprite.svg',
  'icon-ok.svg',
  'icon-busy.svg',
  'icon-bad.svg',
] as const
export type AssetName = (typeof assetNames)[number]

/** What every page needs to know of who looks at it. */
export interface View {
  readonly t: Texts
  readonly language: Language
  readonly theme: Theme
  /** paths with the content's hash in them */
  readonly assets: Readonly<Record<AssetName, string>>
  readonly isSignedIn: boolean
  /** of the page itself, to come back to */
  readonly path: string
  /** of every command that is shown for this computer; empty, or begins with a space */
  readonly commandOptions: string
}
