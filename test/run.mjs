// Runs the test files under node's own runner: `run.mjs [PATH | PART OF A PATH]...`; without arguments all of them.
// `--test-name-pattern PATTERN` narrows further.
import { globSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Only by name: one boots the image that `npm run image` made, one takes its time (`npm run test:faults`). */
const notByDefault = ['test/image/', 'test/faults/']

/** A file that takes longer hangs. */
const timeoutMs = process.argv.includes('--all') ? 3 * 3600_000 : 15 * 60_000

const { values, positionals: asked } = parseArgs({
  options: { 'test-name-pattern': { type: 'string' }, all: { type: 'boolean' } },
  allowPositionals: true,
})
const all = globSync('test/**/*.test.ts', { cwd: root }).sort()
const files =
  asked.length === 0
    ? all.filter((file) => !notByDefault.some((folder) => file.startsWith(folder)))
    : all.filter((file) => asked.some((wanted) => matches(file, wanted)))

/**
 * @param {string} file  path below the clone
 * @param {string} wanted  a file, a folder (as seen from here), or part of a path
 */
function matches(file, wanted) {
  if (!statSync(wanted, { throwIfNoEntry: false })) return file.includes(wanted)
  const inside = relative(resolve(wanted), join(root, file))
  return inside === '' || !inside.startsWith('..')
}

// `npm run test:faults -- --all`: not some of the cases, but every one
if (values.all) process.env['HOMESEED_FAULTS'] = 'all'

let ran = 0
let failed = 0
/** @type {string[]} */
const skipped = []
/** @type {string[]} */
const empty = []

const events = run({
  files: files.map((file) => join(root, file)),
  // one more than there are cores: those that drive programs wait for them most of the time
  concurrency: availableParallelism() + 1,
  timeout: timeoutMs,
  ...(values['test-name-pattern'] ? { testNamePatterns: [values['test-name-pattern']] } : {}),
})
events.on('test:fail', ({ todo }) => {
  if (todo === undefined) failed += 1
})
events.on('test:pass', ({ name, file = '', skip, todo, details }) => {
  const where = relative(root, file)
  if (file !== '' && resolve(name) === file) empty.push(where)
  else if (skip !== undefined) skipped.push(`${where}: ${name}: ${skip === true ? 'no reason given' : skip}`)
  else if (todo !== undefined) skipped.push(`${where}: ${name}: to do`)
  else if (details.type !== 'suite') ran += 1
})

for await (const chunk of events.compose(new spec())) process.stdout.write(chunk)

/**
 * @param {string} title
 * @param {readonly string[]} lines
 */
const list = (title, lines) => {
  if (lines.length > 0) console.log(`\n${title}\n${lines.map((line) => `  ${line}`).join('\n')}`)
}
list(`Not run (${skipped.length}):`, skipped)
// With a name pattern most files have nothing to run; otherwise such a file only looks like a test.
if (!values['test-name-pattern']) {
  list('Files without any test:', empty)
  failed += empty.length
}
if (ran === 0 && failed === 0)
  console.log(`\nNo test ran${asked.length > 0 ? `: nothing matches ${asked.join(' ')}` : ''}.`)
if (failed > 0 || ran === 0) process.exitCode = 1
