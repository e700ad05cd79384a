/** The runner of the whole suite, on a small suite of its own. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { root } from '../../../server/boot/paths.mjs'

const passing = "import { test } from 'node:test'\ntest('passes', () => {})\n"
const failing = "import { test } from 'node:test'\ntest('fails', () => { throw new Error('on purpose') })\n"
const skipping = "import { test } from 'node:test'\ntest('skips', (t) => t.skip('no such tool'))\n"

/** Runs a suite of these files; answers what it printed and its exit code. */
function runSuite(files: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const clone = mkdtempSync(join(tmpdir(), 'homeseed-run-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(clone, path)), { recursive: true })
      writeFileSync(join(clone, path), text)
    }
    cpSync(`${root}test/run.mjs`, join(clone, 'test/run.mjs'))
    const { NODE_TEST_CONTEXT: _, ...env } = process.env // a runner inside a runner would run nothing
    const { stdout, status } = spawnSync(process.execPath, ['test/run.mjs', ...args], {
      cwd: clone,
      env,
      encoding: 'utf8',
    })
    return { stdout, status }
  } finally {
    rmSync(clone, { recursive: true })
  }
}

test('what passed counts, what was skipped is listed with its reason', () => {
  const { stdout, status } = runSuite({ 'test/a.test.ts': passing, 'test/unit/b.test.ts': skipping })
  assert.match(stdout, /Not run \(1\):\n {2}test\/unit\/b\.test\.ts: skips: no such tool\n/)
  assert.equal(status, 0)
})

test('a failure fails the suite', () => {
  assert.equal(runSuite({ 'test/a.test.ts': passing, 'test/b.test.ts': failing }).status, 1)
})

test('a suite in which nothing ran fails', () => {
  const { stdout, status } = runSuite({ 'test/b.test.ts': skipping })
  assert.match(stdout, /No test ran/)
  assert.equal(status, 1)
  assert.equal(runSuite({}).status, 1)
})

test('a file without a test fails the suite', () => {
  const { stdout, status } = runSuite({ 'test/a.test.ts': passing, 'test/b.test.ts': 'export {}\n' })
  assert.match(stdout, /Files without any test:\n {2}test\/b\.test\.ts\n/)
  assert.equal(status, 1)
})

test('arguments narrow the suite: a file, a folder, part of a name', () => {
  const files = { 'test/a/a.test.ts': passing, 'test/b/b.test.ts': failing }
  assert.equal(runSuite(files, 'test/a/a.test.ts').status, 0)
  assert.equal(runSuite(files, './test/a').status, 0)
  assert.equal(runSuite(files, 'a.te').status, 0)
  assert.equal(runSuite(files, 'b.te').status, 1)
  assert.equal(runSuite(files, 'no-such-test').status, 1)
})

test('tests of the image run by name only', () => {
  const files = { 'test/a.test.ts': passing, 'test/image/boots.test.ts': failing }
  assert.equal(runSuite(files).status, 0)
  assert.equal(runSuite(files, 'test/image').status, 1)
})
