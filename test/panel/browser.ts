/** A real browser looking at a panel that is served as it is on a box, over the memory service. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { chromium } from 'playwright-core'
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { serve } from '../../server/serve/serve.ts'
import type { Log } from '../../appliance/sync/ports.ts'
import { MemorySyncService } from '../support/memory-sync-service.ts'
import { needTool } from '../support/need-tool.ts'

export const password = 'correct horse battery'
export const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 3, hasTouch: true, isMobile: true }

const chromiumArgs = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // by name and without TLS, as on a box: no secure context, no Sec-Fetch headers
  '--host-resolver-rules=MAP homeseed.local 127.0.0.1',
]

const silent: Log = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} }

/** @param port  0: any */
export async function servePanel(home: string, sync: MemorySyncService, port = 0) {
  const serving = await serve(
    {
      home,
      panel: { host: '127.0.0.1', port },
      listen: { host: '0.0.0.0', port: 22000 },
      name: 'testbox',
      log: silent,
    },
    async () => ({ sync, [Symbol.asyncDispose]: async () => undefined }),
  )
  return { ...serving, port: Number(new URL(serving.panel).port) }
}

/** undefined after skipping the test, where there is no Chromium */
export async function panelInBrowser(t: TestContext) {
  const executablePath = needTool(t, 'chromium')
  if (!executablePath) return undefined
  const home = mkdtempSync(join(tmpdir(), 'homeseed-panel-'))
  const sync = new MemorySyncService()
  let serving = await servePanel(home, sync)
  const browser = await chromium.launch({ executablePath, args: chromiumArgs })
  t.after(async () => {
    await browser.close()
    await serving.close()
    rmSync(home, { recursive: true, force: true })
  })
  const url = `http://homeseed.local:${serving.port}`
  const complaints: string[] = []
  return {
    sync,
    url,
    /** what browsers complained of: script errors, blocked content, requests to elsewhere */
    complaints,
    async open(options: BrowserContextOptions = {}): Promise<{ context: BrowserContext; page: Page }> {
      const context = await browser.newContext({ reducedMotion: 'reduce', ...phone, ...options })
      context.setDefaultTimeout(15_000)
      const page = await context.newPage()
      listen(page, url, complaints)
      return { context, page }
    },
    listen: (page: Page) => listen(page, url, complaints),
    stop: () => serving.close(),
    async restart() {
      serving = await servePanel(home, sync, serving.port)
    },
  }
}

function listen(page: Page, url: string, complaints: string[]): void {
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    // a form that comes back (422) and a panel that is away are part of the tests
    const isExpected =
      /status of 422|net::ERR_(CONNECTION_REFUSED|INCOMPLETE_CHUNKED_ENCODING|EMPTY_RESPONSE)|\[htmx\].*network/i
    if (['error', 'warning'].includes(message.type()) && !isExpected.test(message.text()))
      complaints.push(message.text())
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(url)) complaints.push(`request to ${request.url()}`)
  })
}

/** First visit: sets the password. */
export async function claim(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await page.fill('#password', password)
  await page.getByRole('button', { name: 'This is mine' }).click()
  await page.waitForURL(`${url}/`)
}

/** How far the page is wider than the window. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - innerWidth')

/** How much of a progress bar is filled on the screen at this moment, 0 to 1. */
export async function drawnProgress(page: Page, selector: string): Promise<number> {
  const picture = await page.locator(selector).screenshot({ animations: 'allow' })
  // the panel lets no page read pictures
  const reader = await page.context().newPage()
  const row = await reader.evaluate<number[]>(`(async () => {
    const image = new Image()
    image.src = 'data:image/png;base64,${picture.toString('base64')}'
    await image.decode()
    const canvas = new OffscreenCanvas(image.width, 1).getContext('2d')
    canvas.drawImage(image, 0, -Math.floor(image.height / 2))
    return [...new Uint32Array(canvas.getImageData(0, 0, image.width, 1).data.buffer)]
  })()`)
  await reader.close()
  const filled = row[Math.round(row.length * 0.04)] // beyond the round end
  return row.filter((colour) => colour === filled).length / row.length
}
