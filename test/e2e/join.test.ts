/** `homeseed join LINK`: from a link in a message to the files, in one go. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { bundle, runHomeseed } from '../support/homeseed.ts'
import { needRoot, needTool } from '../support/need-tool.ts'
import { until } from '../support/scratch.ts'
import { SHARE, makeWorld } from './devices.ts'
import type { Device } from './devices.ts'

const linkFrom = async ({ homeseed }: Device): Promise<string> =>
  (await homeseed.json<{ link: string }>('share', 'secret', SHARE, '--once')).link

test('a link alone joins into a folder that is called as the share is', async () => {
  await using world = await makeWorld('join')
  const [anna, ben] = await Promise.all([world.start('anna'), world.start('ben')])
  writeFileSync(join(anna.folder, 'photo'), 'of the family')
  await world.add(anna)
  const env = { HOME: await world.scratch.folder('ben', 'person') }
  const join1 = (...args: readonly string[]) => runHomeseed(['join', ...args, '--home', ben.homeseed.home], { env })
  const mistyped = await join1('homeseed:CAAA?name=photos')
  assert.deepEqual([mistyped.code, existsSync(join(env.HOME, 'Homeseed'))], [1, false])
  assert.match(mistyped.stderr, /is not whole/)

  const joined = await join1(await linkFrom(anna))
  assert.deepEqual([joined.code, joined.stderr], [0, ''])
  const folder = join(env.HOME, 'Homeseed', SHARE)
  assert.match(joined.stdout, /photos: .*Homeseed\/photos \(read-write\)/)
  await until('the photo is there', () => existsSync(join(folder, 'photo')))
  assert.equal(readFileSync(join(folder, 'photo'), 'utf8'), 'of the family')

  const again = await join1(await linkFrom(anna))
  assert.equal(again.code, 2)
  assert.match(again.stderr, /holds something already/)
  const used = await join1('homeseed:not-a-link', join(env.HOME, 'elsewhere'))
  assert.deepEqual([used.code, readdirSync(env.HOME)], [1, ['Homeseed']])
})

test('where Homeseed does not run yet it is started, and goes on by itself', async (t) => {
  const unshare = needTool(t, 'unshare')
  if (!unshare || !needRoot(t)) return
  await using world = await makeWorld('join-start')
  const anna = await world.start('anna')
  await world.add(anna)
  const { secret } = await anna.homeseed.json<{ secret: string }>('share', 'secret', SHARE)
  const home = join(world.scratch.path, 'new-home')
  const folder = join(world.scratch.path, 'new-folder')
  // in a network of its own, where nobody else has the usual ports
  const args = ['--net', process.execPath, bundle, 'join', secret, folder, '--home', home]
  const started = spawnSync(unshare, args, { encoding: 'utf8', timeout: 60_000 })
  const pid = pidOf(home)
  t.after(() => pid !== undefined && isRunning(pid) && process.kill(pid, 'SIGKILL'))
  assert.equal(started.status, 0, started.stderr)
  assert.match(started.stderr, /was not running and has been started; its log is .*new-home\/serve\.log/)
  assert.equal(statSync(join(home, 'serve.log')).mode & 0o777, 0o600)
  const listed = await runHomeseed(['share', 'list', '--json', '--home', home])
  assert.equal((JSON.parse(listed.stdout) as { path: string }[])[0]?.path, folder)
  assert.ok(pid !== undefined)
  process.kill(pid, 'SIGTERM')
  await until('it ends', () => !isRunning(pid))
})

/** Of the appliance that has this home. */
function pidOf(home: string): number | undefined {
  const isIt = (pid: string) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`serve\0--home\0${home}\0`)
    } catch {
      return false // it has ended meanwhile
    }
  }
  const pid = readdirSync('/proc').find((name) => /^\d+$/.test(name) && isIt(name))
  return pid === undefined ? undefined : Number(pid)
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
