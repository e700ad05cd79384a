import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Linter } from 'eslint'
import { parser } from 'typescript-eslint'
import { importDirection, importProblem } from '../../../server/boot/lint/import-direction.mjs'
import { root } from '../../../server/boot/paths.mjs'

const values = { typesOnly: false, names: ['x'] }
const types = { typesOnly: true, names: ['X'] }

const allowed: readonly (readonly [file: string, target: string, what: typeof values])[] = [
  ['server/main.ts', '../appliance/sync/index/open.ts', values],
  ['server/routes/shares.ts', '../../appliance/settings/settings.ts', values],
  ['server/routes/shares.ts', '../../ui/shares.ts', values],
  ['server/app.ts', 'hono', values],
  ['ui/shares.ts', './page.ts', values],
  ['ui/shares.ts', 'hono/html', values],
  ['ui/shares.ts', '../appliance/sync/status.ts', types],
  ['appliance/sync/engine/engine.ts', '../pull/apply.ts', values],
  ['appliance/sync/index/entries.ts', '../model/entry.ts', values],
  ['appliance/sync/index/entries.ts', 'drizzle-orm/better-sqlite3', values],
  ['appliance/sync/pull/fetch.ts', '../wire/message.ts', values],
  ['appliance/sync/pull/apply.ts', '../ports.ts', types],
  ['appliance/sync/pull/apply.ts', '../status.ts', values],
  ['appliance/sync/model/seen.ts', '../ports.ts', types],
  ['appliance/sync/model/plan.ts', './entry.ts', values],
  ['appliance/sync/model/secret.ts', 'node:crypto', { typesOnly: false, names: ['hash'] }],
  ['test/unit/sync/model/plan.test.ts', '../../../../appliance/sync/model/plan.ts', values],
  ['test/unit/sync/model/plan.test.ts', 'fast-check', values],
]
for (const [file, target, what] of allowed) {
  test(`${file} may import ${what.typesOnly ? 'types of ' : ''}${target}`, () => {
    assert.equal(importProblem(file, target, what), undefined)
  })
}

const forbidden: readonly (readonly [file: string, target: string, what: typeof values, reason: RegExp])[] = [
  ['appliance/disks/mount.ts', '../../server/app.ts', types, /appliance\/disks may not import from server/],
  ['appliance/disks/mount.ts', '../../ui/page.ts', types, /may not import from ui/],
  ['appliance/disks/mount.ts', '../vpn/peers.ts', types, /may not import from appliance\/vpn/],
  ['appliance/disks/mount.ts', '../sync/ports.ts', types, /may not import from sync/],
  ['appliance/monitor/disk.ts', 'hono', values, /knows nothing of HTML/],
  [
    'appliance/sync/engine/engine.ts',
    '../../settings/settings.ts',
    types,
    /sync\/engine may not import from appliance\/settings/,
  ],
  ['appliance/sync/wire/session.ts', '../pull/fetch.ts', types, /may not import from sync\/pull/],
  ['appliance/sync/scan/walk.ts', '../index/entries.ts', values, /only types from sync\/index/],
  ['appliance/sync/pull/apply.ts', '../engine/engine.ts', types, /may not import from sync\/engine/],
  ['appliance/sync/pull/apply.ts', '../local-disk-work.ts', types, /may not import from sync /],
  ['appliance/sync/ports.ts', './wire/session.ts', values, /only types from sync\/wire/],
  ['appliance/sync/model/plan.ts', '../ports.ts', values, /only types/],
  ['appliance/sync/model/plan.ts', '../wire/message.ts', types, /may not import from sync\/wire/],
  ['appliance/sync/model/plan.ts', 'node:fs', values, /is pure: no node:fs/],
  ['appliance/sync/model/secret.ts', 'node:crypto', { typesOnly: false, names: ['randomBytes'] }, /only createHash/],
  ['appliance/sync/model/secret.ts', 'libsodium-wrappers', values, /no package/],
  ['ui/shares.ts', '../appliance/sync/status.ts', values, /only types/],
  ['ui/shares.ts', '../server/app.ts', types, /may not import from server/],
  ['server/app.ts', './main.ts', values, /may not import from main/],
  ['server/app.ts', '../test/support/need-tool.ts', values, /may not import from test/],
  ['server/app.ts', 'fast-check', values, /missing in production/],
  ['server/app.ts', 'fs', values, /write node:fs/],
]
for (const [file, target, what, reason] of forbidden) {
  test(`${file} may not import ${what.typesOnly ? 'types of ' : ''}${target}`, () => {
    assert.match(importProblem(file, target, what) ?? 'nothing to object to', reason)
  })
}

test('the lint rule finds every form of import', () => {
  const code = `
    import { a } from '../vpn/a.ts'
    import type { B } from '../vpn/b.ts'
    import '../vpn/c.ts'
    export { d } from '../vpn/d.ts'
    export * from '../vpn/e.ts'
    export const f = (): Promise<unknown> => import('../vpn/f.ts')
    export type G = typeof import('../vpn/g.ts')
    import { fine } from './fine.ts'
    export { a, fine, type B }`
  const config = {
    files: ['**/*.ts'],
    languageOptions: { parser },
    plugins: { homeseed: { rules: { 'import-direction': importDirection } } },
    rules: { 'homeseed/import-direction': 'error' },
  } satisfies Linter.Config
  const found = new Linter({ cwd: root }).verify(code, [config], { filename: `${root}appliance/disks/mount.ts` })
  assert.deepEqual(
    found.map(({ message }) => message),
    [...'abcdefg'].map((name) => `appliance/disks may not import from appliance/vpn (appliance/vpn/${name}.ts)`),
  )
})
