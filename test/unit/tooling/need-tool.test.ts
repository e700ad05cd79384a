import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import { root } from '../../../server/boot/paths.mjs'
import { needTool } from '../../support/need-tool.ts'

/** Runs `action` with the environment variable CI as given, and puts it back. */
const withCi = <T>(ci: string | undefined, action: () => T): T => {
  const before = process.env['CI']
  const set = (value: string | undefined) =>
    value === undefined ? delete process.env['CI'] : (process.env['CI'] = value)
  set(ci)
  try {
    return action()
  } finally {
    set(before)
  }
}

/** Collects the reasons of skips instead of skipping. */
const recorder = () => {
  const reasons: string[] = []
  const skip: TestContext['skip'] = (reason) => void reasons.push(reason ?? '')
  return { skip, reasons }
}

test('a tool that is there is found with its path', () => {
  const t = recorder()
  assert.match(needTool(t, 'sh') ?? '', /\/sh$/)
  assert.deepEqual(t.reasons, [])
})

test('a missing tool skips the test and says how to get it', () => {
  const t = recorder()
  assert.equal(
    withCi(undefined, () => needTool(t, 'no-such-tool', 'some-package')),
    undefined,
  )
  assert.deepEqual(t.reasons, ['no-such-tool is not installed: apt-get install some-package'])
})

test('in CI a missing tool fails the test', () => {
  const t = recorder()
  assert.throws(() => withCi('true', () => needTool(t, 'no-such-tool')), /no-such-tool is not installed/)
  assert.deepEqual(t.reasons, [])
})

test('.ci/run installs every tool that a test needs', () => {
  const wanted = globSync('test/**/*.test.ts', { cwd: root, exclude: ['test/image/**', 'test/unit/tooling/**'] })
    .flatMap((file) => [...readFileSync(root + file, 'utf8').matchAll(/needTool\(\w+, '([^']+)'/g)])
    .map(([, tool]) => tool ?? '')
  const installed = /^needed='(.*)'$/m.exec(readFileSync(`${root}.ci/run`, 'utf8'))?.[1] ?? ''
  const tools = installed.split(' ').map((pair) => pair.split(':')[0] ?? '')
  assert.deepEqual(
    wanted.filter((tool) => !tools.includes(tool)),
    [],
  )
})
