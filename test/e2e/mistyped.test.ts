/** A secret with a mistake in it is refused where it was typed: nobody is called, nothing is made. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import test from 'node:test'
import { SHARE, makeWorld } from './devices.ts'

const mistakes: Readonly<Record<string, { readonly of: (secret: string) => string; readonly says: RegExp }>> = {
  'a character too few': { of: (secret) => secret.slice(0, -1), says: /is not whole: 1 character missing/ },
  'half of it': { of: (secret) => secret.slice(0, 30), says: /is not whole: \d+ characters missing/ },
  'a character too many': { of: (secret) => `${secret}A`, says: /has 1 character too many/ },
  'a wrong character': { of: (secret) => replaced(secret, 20), says: /has a typing mistake/ },
  'two swapped': { of: swapped, says: /has a typing mistake/ },
  'a character that none has': {
    of: (secret) => `${secret.slice(0, 9)}1${secret.slice(10)}`,
    says: /"1" at place 10 cannot be part of a secret/,
  },
  'another letter in front': { of: (secret) => `Z${secret.slice(1)}`, says: /begins with .*, this one with "Z"/ },
}

test('each mistake in each kind of secret is told without calling anybody', async () => {
  await using world = await makeWorld('mistyped')
  const device = await world.start('anna')
  const { homeseed } = device
  await world.add(device)
  let called = 0
  const server = createServer((socket) => {
    called += 1
    socket.destroy()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const made = (...flags: readonly string[]) =>
    homeseed.json<{ secret: string; pageLink: string }>('share', 'secret', SHARE, ...flags)
  const folder = join(world.scratch.path, 'not made')
  for (const flags of [[], ['--read-only'], ['--seed-only'], ['--once'], ['--once', '--read-only']]) {
    const { secret, pageLink } = await made(...flags)
    // what it is called is none of the business of who must not read it
    const name = flags.includes('--seed-only') ? '' : `?name=${SHARE}`
    assert.ok(pageLink.startsWith(`http://homeseed.local/join#${secret}${name}`), pageLink)
    assert.equal(pageLink.includes(SHARE), name !== '')
    for (const [name, { of, says }] of Object.entries(mistakes)) {
      const { code, stderr } = await homeseed.command('share', 'join', of(secret), folder, '--host', host)
      assert.equal(code, 1, `${secret[0]}: ${name}`)
      assert.match(stderr, says, `${secret[0]}: ${name}`)
    }
    const { stderr } = await homeseed.command('share', 'join', pageLink.replace(secret, swapped(secret)), folder)
    assert.match(stderr, /has a typing mistake/)
  }
  assert.equal(called, 0)
  assert.equal(existsSync(folder), false)
  assert.equal((await homeseed.json<readonly unknown[]>('share', 'list')).length, 1)
  server.close()
})

const replaced = (text: string, at: number): string =>
  text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)

/** The first two neighbours that differ. */
function swapped(text: string): string {
  const at = [...text].findIndex((character, i) => i > 5 && character !== text[i + 1])
  return text.slice(0, at) + (text[at + 1] ?? '') + (text[at] ?? '') + text.slice(at + 2)
}
