// Builds dist/, which is all that runs in production besides the packages in `externals`.
//
// A source reaches a file beside it with `new URL('./worker.ts', import.meta.url)` (a literal path), in development
// and in the bundle alike: the build points it at the right place in dist/. An entry point becomes its bundle, an
// asset its copy, which lies in dist/ under the path it has in the clone. A JSON file is better imported.
import { copyFileSync, existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, posix, relative } from 'node:path'
import { build } from 'esbuild'
import { sourcesDigest, stampPath } from './bundle.mjs'
import { root } from './paths.mjs'

/** What runs, and its name in dist/. */
const entryPoints = {
  'server/main.ts': 'server.mjs',
  'appliance/sync/worker.ts': 'worker.mjs',
}

/** What the code reads at run time. */
const assets = ['{appliance,server,ui}/**/migrations/**', 'ui/static/**']

/** Stays in node_modules: native, WebAssembly, too odd to bundle, or (x509) needed once in the life of a device. */
const externals = ['better-sqlite3', 'systeminformation', 'libsodium-wrappers', '@peculiar/x509', '@napi-rs/xattr']

/**
 * The place in dist/ of what lies at `path` in the clone.
 * @param {string} path  below the clone
 */
function placeInDist(path) {
  const bundle = Object.entries(entryPoints).find(([source]) => source === path)?.[1]
  if (bundle) return bundle
  if (path.startsWith('node_modules/')) return `../${path}`
  if (assets.some((pattern) => posix.matchesGlob(path, pattern) || posix.matchesGlob(`${path}/x`, pattern))) return path
  throw new Error(`${path} is read at run time, but no entry point or asset in server/boot/build.mjs`)
}

const besideMe = /new URL\(\s*(['"`])([^'"`]+)\1\s*,\s*import\.meta\.url\s*\)/g

/** @type {import('esbuild').Plugin} */
const findFilesInDist = {
  name: 'find-files-in-dist',
  setup(building) {
    building.onLoad({ filter: /\.ts$/, namespace: 'file' }, ({ path: file }) => {
      if (file.includes('/node_modules/')) return undefined
      const source = readFileSync(file, 'utf8')
      /** @type {import('esbuild').PartialMessage[]} */
      const errors = []
      const contents = source.replace(besideMe, (all, _quote, /** @type {string} */ target) => {
        try {
          if (target.includes('${')) throw new Error(`a literal path is needed here: ${all}`)
          const path = relative(root, join(dirname(file), target))
          if (!existsSync(root + path)) return all // meant for dist/ as it is
          const place = `./${placeInDist(path)}${target.endsWith('/') ? '/' : ''}`
          return `new URL(${JSON.stringify(place)}, import.meta.url)`
        } catch (error) {
          errors.push({
            text: error instanceof Error ? error.message : String(error),
            location: { file: relative(root, file) },
          })
          return all
        }
      })
      return { contents, loader: 'ts', errors }
    })
  },
}

const digest = sourcesDigest() // before reading any: what changes meanwhile makes the bundle stale, not wrong
const dist = join(root, 'dist')
const next = join(dist, `.next-${process.pid}`)
/** @type {string[]} */
const made = []

try {
  mkdirSync(next, { recursive: true })
  await build({
    absWorkingDir: root,
    entryPoints: Object.entries(entryPoints)
      .filter(([source]) => source === 'server/main.ts' || existsSync(root + source))
      .map(([source, bundle]) => ({ in: source, out: bundle.replace(/\.mjs$/, '') })),
    outdir: next,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // a verb of the command line loads what it needs, and only after the check of Node's version
    splitting: true,
    chunkNames: 'chunk-[hash]',
    external: externals,
    // for packages that still call require()
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    plugins: [findFilesInDist],
    logLevel: 'warning',
    legalComments: 'none',
  })
  made.push(...globSync('*.mjs', { cwd: next }))
  for (const { parentPath, name } of globSync(assets, { cwd: root, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )) {
    const path = relative(root, join(parentPath, name))
    mkdirSync(dirname(join(next, path)), { recursive: true })
    copyFileSync(join(root, path), join(next, path))
    made.push(path)
  }
  rmSync(stampPath, { force: true })
  for (const path of made) {
    mkdirSync(dirname(join(dist, path)), { recursive: true })
    renameSync(join(next, path), join(dist, path)) // whole or not at all, also for those who read it now
  }
  for (const { parentPath, name } of globSync('**', { cwd: dist, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )) {
    const path = relative(dist, join(parentPath, name))
    if (!made.includes(path)) rmSync(join(dist, path), { force: true })
  }
  writeFileSync(join(next, 'stamp'), digest)
  renameSync(join(next, 'stamp'), stampPath)
} catch (error) {
  // esbuild has said what is wrong with the sources
  if (!(error instanceof Error && 'errors' in error)) console.error(error)
  process.exitCode = 1
} finally {
  rmSync(next, { recursive: true, force: true })
}
