import { html } from './html.ts'
import type { Html } from './html.ts'
import type { View } from './view.ts'

/** Lucide icons in the sprite. */
export const iconNames = [
  'arrow-down',
  'arrow-up',
  'chevron-left',
  'chevron-right',
  'circle-check',
  'copy',
  'database-zap',
  'eye',
  'folder-plus',
  'git-fork',
  'hourglass',
  'house',
  'key-round',
  'link',
  'lock',
  'monitor-smartphone',
  'pause',
  'play',
  'plus',
  'refresh-cw',
  'scan-search',
  'settings',
  'sprout',
  'triangle-alert',
  'unplug',
  'user-round-plus',
] as const
export type IconName = (typeof iconNames)[number]

/** Always beside words that say the same: screen readers skip it. */
export const icon = (view: View, name: IconName): Html =>
  html`<svg class="icon" aria-hidden="true"><use href="${view.assets['sprite.svg']}#${name}"></use></svg>`
