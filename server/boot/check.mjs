// Types, lint, format. `check.mjs [--write] [PATH...]`: with paths, reports (or with --write mends) only what lies there.
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { root } from './paths.mjs'

const { values, positionals } = parseArgs({ options: { write: { type: 'boolean' } }, allowPositionals: true })
const paths = positionals.map((path) => path.replace(/^\.\//, '').replace(/\/$/, ''))
const where = paths.length > 0 ? paths : ['.']

/**
 * @param {string} bin  path below node_modules
 * @param {readonly string[]} args
 */
function run(bin, args) {
  const { status } = spawnSync(process.execPath, [`${root}node_modules/${bin}`, ...args], {
    cwd: root,
    stdio: 'inherit',
  })
  return status === 0
}

function types() {
  if (paths.length === 0) return run('typescript/bin/tsc', ['--project', '.'])
  // The compiler always looks at everything; show what lies in the paths that were asked for.
  const tsc = [`${root}node_modules/typescript/bin/tsc`, '--project', '.', '--pretty', 'false']
  const { stdout } = spawnSync(process.execPath, tsc, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const errors = stdout.split('\n').filter((line) => paths.some((path) => line.startsWith(path)))
  if (errors.length > 0) console.log(errors.join('\n'))
  return errors.length === 0
}

const format = () =>
  run('prettier/bin/prettier.cjs', ['--log-level=warn', values.write ? '--write' : '--check', ...where])
const lint = () => run('eslint/bin/eslint.js', ['--max-warnings=0', '--no-warn-ignored', ...where])

const failed = []
for (const check of values.write ? [format] : [types, lint, format]) {
  const start = performance.now()
  const passed = check()
  if (!passed) failed.push(check.name)
  console.log(`${check.name}: ${passed ? 'ok' : 'FAILED'} (${((performance.now() - start) / 1000).toFixed(1)} s)`)
}
if (failed.length > 0) process.exitCode = 1
