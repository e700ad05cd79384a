/** A full disk under the index, which is another than the one with the files, ends nothing for good. */
import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { until } from '../support/scratch.ts'
import { noise } from './content.ts'
import { SHARE, assertSame, makeWorld } from './devices.ts'

const skip = process.getuid?.() === 0 ? false : 'only root may mount'

test('a device whose index cannot grow says so, and goes on when there is room', { skip }, async () => {
  await using world = await makeWorld('index-full')
  const home = await world.scratch.folder('ben', 'home')
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'none', home])
  try {
    const [a, b] = await Promise.all([world.start('anna'), world.start('ben')])
    await world.add(a)
    writeFileSync(join(a.folder, 'first'), 'first')
    await world.join(b, a)
    await assertSame(a, b)
    const filler = join(home, 'filler')
    fill(filler)
    for (let i = 0; i < 3000; i++) writeFileSync(join(b.folder, `own-${i}`), noise(500, i))
    await b.homeseed.command('share', 'rescan', SHARE)
    await until('it meets the full disk', async () => /scan-failed.*full/.test(await b.homeseed.describe()), {
      describe: () => b.homeseed.describe(),
    })
    rmSync(filler)
    await assertSame(b, a)
    await b.homeseed.stop()
  } finally {
    execFileSync('umount', ['-l', home])
  }
})

function fill(path: string): void {
  try {
    writeFileSync(path, Buffer.alloc(16 * 1024 * 1024))
  } catch {
    // full now
  }
}
