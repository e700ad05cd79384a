/** The boot in a small clone of its own: our boot scripts and packages, and a program of a few lines. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { nodePath, root } from '../../../server/boot/paths.mjs'

const program = `
  import { Worker } from 'node:worker_threads'
  import { style } from '../ui/page.ts'
  const worker = new Worker(new URL('../appliance/sync/worker.ts', import.meta.url))
  worker.on('message', (answer) => {
    const { execPath, env } = process
    console.log(JSON.stringify({ args: process.argv.slice(2), cwd: process.cwd(), execPath, threads: env.UV_THREADPOOL_SIZE, style, answer }))
    process.exitCode = 3
  })`

async function makeClone(): Promise<
  AsyncDisposable & { readonly path: string; write(file: string, text: string): Promise<void> }
> {
  const path = await mkdtemp(join(tmpdir(), 'homeseed-boot-'))
  const write = async (file: string, text: string) => {
    await mkdir(dirname(join(path, file)), { recursive: true })
    await writeFile(join(path, file), text)
  }
  await cp(`${root}server/boot`, join(path, 'server/boot'), { recursive: true })
  for (const file of ['package.json', 'package-lock.json']) await cp(root + file, join(path, file))
  await symlink(`${root}node_modules`, join(path, 'node_modules'))
  await write('server/main.ts', program)
  await write(
    'ui/page.ts',
    `
    import { readFileSync } from 'node:fs'
    const folder = new URL('./static/', import.meta.url)
    export const style: string = readFileSync(new URL('style.css', folder), 'utf8')`,
  )
  await write('ui/static/style.css', 'body {}')
  await write(
    'appliance/sync/worker.ts',
    `
    import { readdirSync } from 'node:fs'
    import { parentPort } from 'node:worker_threads'
    parentPort?.postMessage(readdirSync(new URL('./index/migrations', import.meta.url)))`,
  )
  await write('appliance/sync/index/migrations/0000_first.sql', 'select 1')
  return { path, write, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

async function run(cwd: string, script: string, ...args: readonly string[]) {
  const child = spawn(process.execPath, [script, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr, code] = await Promise.all([
    child.stdout.toArray(),
    child.stderr.toArray(),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ])
  return { stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString(), code }
}

test('the program gets its arguments, files, worker and exit code, from any folder', async () => {
  await using clone = await makeClone()
  const { stdout, stderr, code } = await run(join(clone.path, 'ui'), '../server/boot/homeseed.mjs', 'status', '--json')
  assert.equal(stderr, '')
  assert.deepEqual(JSON.parse(stdout), {
    args: ['status', '--json'],
    cwd: join(clone.path, 'ui'),
    execPath: nodePath(),
    threads: '32',
    style: 'body {}',
    answer: ['0000_first.sql'],
  })
  assert.equal(code, 3)
})

test('npm start serves', async () => {
  await using clone = await makeClone()
  const { stdout } = await run(clone.path, 'server/boot/boot.mjs', 'start', '--panel', '127.0.0.1:0')
  assert.deepEqual(JSON.parse(stdout).args, ['serve', '--panel', '127.0.0.1:0'])
})

test('a change of a source or an asset is in the next run; without a change nothing is built', async () => {
  await using clone = await makeClone()
  const start = async () => JSON.parse((await run(clone.path, 'server/boot/homeseed.mjs')).stdout).style
  const built = () => readFile(join(clone.path, 'dist/server.mjs'), 'utf8')
  assert.equal(await start(), 'body {}')
  await clone.write('dist/server.mjs', `${await built()}\n// the same file`)
  assert.equal(await start(), 'body {}')
  assert.match(await built(), /the same file/)
  await clone.write('ui/static/style.css', 'main {}')
  assert.equal(await start(), 'main {}')
  assert.doesNotMatch(await built(), /the same file/)
})

test('many at once build once and all run', async () => {
  await using clone = await makeClone()
  const runs = await Promise.all(
    Array.from({ length: 8 }, (_, i) => run(clone.path, 'server/boot/homeseed.mjs', `${i}`)),
  )
  assert.deepEqual(
    runs.map(({ stdout, stderr, code }) => [JSON.parse(stdout).args, stderr, code]),
    runs.map((_, i) => [[`${i}`], '', 3]),
  )
})

test('a program that cannot be built does not run, and says why on stderr only', async () => {
  await using clone = await makeClone()
  await clone.write('ui/page.ts', 'export const style = (')
  const { stdout, stderr, code } = await run(clone.path, 'server/boot/homeseed.mjs', 'status')
  assert.equal(stdout, '')
  assert.match(stderr, /ui\/page\.ts:1/)
  assert.equal(code, 1)
})

test('a file that would be missing in dist/ fails the build', async () => {
  await using clone = await makeClone()
  await clone.write('ui/notes.txt', 'not an asset')
  await clone.write('ui/page.ts', "export const style = new URL('./notes.txt', import.meta.url).href")
  const { stderr, code } = await run(clone.path, 'server/boot/homeseed.mjs')
  assert.match(stderr, /ui\/notes\.txt is read at run time, but no entry point or asset/)
  assert.equal(code, 1)
})
