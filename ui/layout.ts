import { html } from './html.ts'
import type { Html } from './html.ts'
import { icon } from './icons.ts'
import type { IconName } from './icons.ts'
import type { AssetName, View } from './view.ts'

export interface Page {
  readonly title: string
  /** what stands in the browser's tab, when it is not the title */
  readonly tabTitle?: string
  /** in the browser's tab; by default that all is well */
  readonly icon?: AssetName
  readonly body: Html
  /** the page one level up */
  readonly back?: { readonly href: string; readonly label: string }
  /** above the title, where there is no navigation */
  readonly masthead?: Html
  /** beside the title */
  readonly action?: Html
  readonly tab?: Tab
  /** what the page listens to, see server/live; without it the page loads no htmx */
  readonly live?: string
  /** without script, numbers move only by loading the page again */
  readonly isBusy?: boolean
  /** the outcome of what was just done */
  readonly said?: string | undefined
}

type Tab = 'home' | 'devices' | 'settings'

const tabs: readonly { readonly tab: Tab; readonly href: string; readonly icon: IconName }[] = [
  { tab: 'home', href: '/', icon: 'house' },
  { tab: 'devices', href: '/devices', icon: 'monitor-smartphone' },
  { tab: 'settings', href: '/settings', icon: 'settings' },
]

/** `open`: a `<details>` that the reader opened stays open when its page moves. */
const htmxConfig = JSON.stringify({
  noSwap: [204, 304],
  extensions: 'sse',
  morphIgnore: ['data-htmx-powered', 'open'],
  includeIndicatorCSS: false,
  history: false,
})

const liveConfig = JSON.stringify({ sse: { reconnectMaxDelay: '5s' } })

const liveParts = (view: View, live: string): Html => html`
  <div
    id="live"
    hx-sse:connect="/live?v=${encodeURIComponent(live)}"
    hx-swap="none"
    hx-sse:close="moved"
    hx-config="${liveConfig}"
    hidden
  ></div>
  <p id="offline" class="bar bar-warn" role="status" hidden>${view.t.live.offline}</p>
  <p id="still" class="bar bar-warn" role="status" hidden>
    <span data-event="moved">${view.t.live.moved}</span>
    <span data-event="gone">${view.t.live.changed}</span>
    <span data-event="signed-out">${view.t.live.signedOut}</span>
    <a href="${view.path}">${view.t.live.reload}</a>
  </p>
  <div id="say" class="unseen" role="status"></div>`

const navigation = (view: View, current: Tab | undefined): Html => html`
  <nav class="tabs" aria-label="${view.t.nav.label}">
    <p class="brand" aria-hidden="true">${icon(view, 'sprout')}<span>${view.t.appName}</span></p>
    ${tabs.map(
      ({ tab, href, icon: name }) =>
        html`<a href="${href}" ${tab === current ? html`aria-current="page"` : ''}
          >${icon(view, name)}<span>${view.t.nav[tab]}</span></a
        >`,
    )}
  </nav>`

export const layout = (view: View, page: Page): Html =>
  html`<!doctype html>
    <html lang="${view.language}" data-theme="${view.theme}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${page.tabTitle ?? `${page.title} · homeseed`}</title>
        <link rel="icon" type="image/svg+xml" href="${view.assets[page.icon ?? 'icon-ok.svg']}" id="favicon" />
        <link rel="stylesheet" href="${view.assets['homeseed.css']}" />
        ${page.live === undefined ? '' : html`<meta name="htmx-config" content="${htmxConfig}" />`}
        <script src="${view.assets[page.live === undefined ? 'panel.js' : 'live.js']}" defer></script>
        ${page.live !== undefined && page.isBusy ? html`<noscript><meta http-equiv="refresh" content="5" /></noscript>` : ''}
      </head>
      <body class="${view.isSignedIn ? 'has-tabs' : ''}">
        <a class="skip" href="#main">${view.t.nav.skip}</a>
        ${view.isSignedIn ? navigation(view, page.tab) : ''}
        <main id="main">
          ${page.masthead}
          <header class="title">
            ${
              page.back
                ? html`<a class="back" href="${page.back.href}">${icon(view, 'chevron-left')}${page.back.label}</a>`
                : ''
            }
            <h1><bdi>${page.title}</bdi></h1>
            ${page.action}
          </header>
          ${page.said === undefined ? '' : html`<p class="said" role="status">${icon(view, 'circle-check')}${page.said}</p>`}
          ${page.body}
        </main>
        ${page.live === undefined ? '' : liveParts(view, page.live)}
      </body>
    </html> `
