/** `homeseed serve` as a process: what it prints, what it refuses, how it ends. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { openDatabase } from '../../appliance/sync/index/database.ts'

const program = fileURLToPath(new URL('serve-memory.ts', import.meta.url))
const realProgram = fileURLToPath(new URL('../../server/main.ts', import.meta.url))

const indexMigrations = fileURLToPath(new URL('../../appliance/sync/index/migrations', import.meta.url))

const newHome = (t: TestContext) => {
  const home = mkdtempSync(join(tmpdir(), 'homeseed-serve-'))
  t.after(() => rmSync(home, { recursive: true, force: true }))
  return home
}

function start(t: TestContext, home: string, ...args: readonly string[]) {
  const child = spawn(process.execPath, [program, 'serve', '--home', home, '--panel', '127.0.0.1:0', ...args])
  t.after(() => void child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let err = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  const ended = once(child, 'close') as Promise<[number | null, string | null]>
  return {
    child,
    ended,
    err: () => err,
    /** the next line on stdout; undefined at its end */
    line: async () => (await lines.next()).value,
  }
}

/** A serve that has said all it says. */
async function started(t: TestContext, home: string, ...args: readonly string[]) {
  const serving = start(t, home, ...args)
  const panel = await serving.line()
  const peers = await serving.line()
  const control = await serving.line()
  return { ...serving, panel, peers, control }
}

async function failed(t: TestContext, home: string, ...args: readonly string[]) {
  const serving = start(t, home, ...args)
  const [code] = await serving.ended
  return { code, err: serving.err() }
}

/** The same with the engine, which opens the index and the port for peers. */
async function reallyFailed(t: TestContext, home: string, listen = '127.0.0.1:0') {
  const args = [realProgram, 'serve', '--home', home, '--panel', '127.0.0.1:0', '--listen', listen]
  const child = spawn(process.execPath, args)
  t.after(() => void child.kill('SIGKILL'))
  let err = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, err }
}

/** Runs a verb against the home. */
async function verb(home: string, ...args: readonly string[]) {
  const child = spawn(process.execPath, [program, '--home', home, ...args])
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  const [code] = (await once(child, 'close')) as [number]
  return { code, out }
}

test('serve tells each address that it listens on, answers there, and stops when asked', async (t) => {
  const home = newHome(t)
  const { panel, peers, control, child, ended, err } = await started(
    t,
    home,
    '--name',
    'attic',
    '--listen',
    '127.0.0.1:22999',
  )
  const address = /^panel {4}(http:\/\/localhost:\d+)$/.exec(panel ?? '')?.[1] ?? ''
  assert.equal(peers, 'peers    127.0.0.1:22999')
  assert.equal(control, `control  ${join(home, 'control.sock')}`)
  assert.deepEqual(await (await fetch(`${address.replace('localhost', '127.0.0.1')}/healthz`)).json(), { status: 'ok' })
  assert.equal(statSync(join(home, 'control.sock')).mode & 0o777, 0o600)
  assert.equal(statSync(join(home, 'homeseed.db')).mode & 0o777, 0o600)
  for (const name of readdirSync(home))
    assert.equal(statSync(join(home, name)).mode & 0o077, 0, `${name} is the owner's alone`)
  assert.equal(JSON.parse((await verb(home, 'device', 'id', '--json')).out).name, 'attic')
  child.kill('SIGTERM')
  assert.deepEqual(await ended, [0, null])
  assert.equal(existsSync(join(home, 'control.sock')), false)
  for (const line of err().trim().split('\n')) assert.ok(JSON.parse(line).event, line)
})

test('what is open when it stops does not hold it up', async (t) => {
  const home = newHome(t)
  const { child, ended } = await started(t, home)
  await verb(home, 'share', 'add', '/srv/photos')
  const waiting = verb(home, 'wait')
  const watching = spawn(process.execPath, [program, '--home', home, 'status', '--watch'])
  t.after(() => void watching.kill('SIGKILL'))
  await once(watching.stdout, 'data')
  const watchEnded = once(watching, 'close')
  child.kill('SIGINT')
  assert.deepEqual(await ended, [0, null])
  assert.equal((await waiting).code, 3)
  assert.deepEqual(await watchEnded, [3, null])
})

test('the name of the device is kept for the next start', async (t) => {
  const home = newHome(t)
  const first = await started(t, home, '--name', 'attic')
  first.child.kill('SIGTERM')
  await first.ended
  await started(t, home)
  assert.equal(JSON.parse((await verb(home, 'device', 'id', '--json')).out).name, 'attic')
})

test('a second process on the same home is refused and told who has it', async (t) => {
  const home = newHome(t)
  const { child } = await started(t, home)
  const { code, err } = await failed(t, home)
  assert.equal(code, 1)
  assert.equal(
    err,
    `homeseed: Homeseed is running already in ${home} (process ${child.pid}). Stop that one, or give this one its own --home DIR.\n`,
  )
  assert.equal((await verb(home, 'share', 'list', '--json')).out, '[]\n', 'the first goes on')
})

test('of two that start at once, one runs', async (t) => {
  const home = newHome(t)
  const both = [start(t, home), start(t, home)]
  const ends = both.map(async ({ line, ended }) => ((await line()) === undefined ? (await ended)[0] : 'runs'))
  assert.deepEqual((await Promise.all(ends)).sort(), [1, 'runs'])
})

test('what a killed process left behind is no obstacle', async (t) => {
  const home = newHome(t)
  const first = await started(t, home)
  first.child.kill('SIGKILL')
  await first.ended
  assert.equal(existsSync(join(home, 'control.sock')), true)
  assert.equal((await verb(home, 'status')).code, 3, 'nobody answers there')
  await started(t, home)
  assert.equal((await verb(home, 'share', 'list', '--json')).out, '[]\n')
})

test('a port in use is told in one line that says what to do', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => void server.close())
  const taken = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const panel = await failed(t, newHome(t), `--panel=${taken}`)
  assert.equal(panel.code, 2, 'given twice')
  const home = newHome(t)
  const child = spawn(process.execPath, [program, 'serve', '--home', home, '--panel', taken])
  let err = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  assert.deepEqual(await once(child, 'close'), [1, null])
  assert.equal(
    err,
    `homeseed: ${taken} is in use already, maybe by another Homeseed. Choose another with --panel HOST:PORT.\n`,
  )
  const peers = await reallyFailed(t, home, taken)
  assert.equal(peers.code, 1)
  assert.equal(
    peers.err,
    `homeseed: ${taken} is in use already, maybe by another Homeseed. Choose another with --listen HOST:PORT.\n`,
  )
})

test('a database that cannot be used ends the start, with one line that says what to do', async (t) => {
  const home = newHome(t)
  const file = join(home, 'homeseed.db')
  writeFileSync(file, 'no database '.repeat(1000))
  const advice = 'Put back a copy of it, or move it away to begin anew: shares are added again then, their files stay.'
  assert.deepEqual(await reallyFailed(t, home), {
    code: 1,
    err: `homeseed: Homeseed cannot use ${file}: file is not a database. ${advice}\n`,
  })
  rmSync(file)
  change(file, 'CREATE TABLE shares (something)')
  assert.deepEqual(await reallyFailed(t, home), {
    code: 1,
    err: `homeseed: Homeseed cannot use ${file}: table \`shares\` already exists. ${advice}\n`,
  })
  change(file, 'DROP TABLE shares')
  await started(t, home, '--listen', '127.0.0.1:0')
})

test('what fails once both ports are open ends the process all the same', async (t) => {
  const home = newHome(t)
  const file = join(home, 'homeseed.db')
  openDatabase(file, indexMigrations).sqlite.close()
  change(file, 'DROP TABLE shares')
  const { code, err } = await reallyFailed(t, home)
  assert.equal(code, 1)
  assert.match(err, /^homeseed: Homeseed cannot use .*\/homeseed\.db: no such table: shares\. Put back .*\n$/)
})

function change(file: string, statement: string): void {
  const database = new Database(file)
  database.exec(statement)
  database.close()
}

test('an address that is not ours, and one that is none', async (t) => {
  const elsewhere = await failed(t, newHome(t), '--listen', 'nonsense')
  assert.equal(elsewhere.code, 2)
  assert.match(elsewhere.err, /--listen: "nonsense" is not HOST:PORT, for example 0\.0\.0\.0:22000/)
})

test('a home that cannot be used is told in one line', async (t) => {
  const home = join(newHome(t), 'file')
  writeFileSync(home, 'in the way')
  const { code, err } = await failed(t, home)
  assert.equal(code, 1)
  assert.equal(
    err,
    `homeseed: Homeseed cannot keep its files in ${home}: a file is in the way. Choose another folder with --home DIR.\n`,
  )
  assert.equal(readFileSync(home, 'utf8'), 'in the way')
})
