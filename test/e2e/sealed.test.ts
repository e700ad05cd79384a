/** A device that keeps a share sealed: it can read nothing of it, and all of it comes back from there. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test from 'node:test'
import { until } from '../support/scratch.ts'
import { differences, treeOf } from '../support/trees.ts'
import { noise } from './content.ts'
import { SHARE, archived, makeWorld, secretOf, untilSame } from './devices.ts'
import type { Device } from './devices.ts'

/** planted in names and contents, and to be found nowhere at a device that keeps them sealed */
const PLANTED = 'Grandmother-Elfriede'

function fill({ folder }: Device): void {
  mkdirSync(join(folder, `${PLANTED} letters/empty folder`), { recursive: true })
  writeFileSync(join(folder, `${PLANTED} letters/first.txt`), `Dear ${PLANTED},\n`)
  writeFileSync(join(folder, 'empty'), '')
  writeFileSync(join(folder, 'film'), Buffer.concat([noise(700_000, 1), Buffer.from(PLANTED), noise(3000, 2)]))
  symlinkSync(`${PLANTED} letters`, join(folder, 'link'))
  writeFileSync(join(folder, 'old'), 'to be deleted')
}

/** All that a device has on its disk. */
const onDiskOf = ({ homeseed, folder }: Device): readonly string[] => [folder, homeseed.home]

function assertPlantedNowhere(places: readonly string[]): void {
  for (const place of places) {
    const names = execFileSync('find', [place, '-printf', '%p %l\\n'], { encoding: 'utf8' })
    assert.ok(!names.includes(PLANTED), `a name in ${place}`)
    const found = execFileSync('sh', ['-c', `grep -raF '${PLANTED}' '${place}' | head -c 200`], { encoding: 'utf8' })
    assert.equal(found, '', `a content in ${place}`)
  }
}

const filesIn = ({ folder }: Device): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile() && !each.parentPath.includes('.homeseed'))
    .map((each) => join(each.parentPath, each.name))

const isInSync = async ({ homeseed }: Device): Promise<boolean> => {
  const { state, peers } = await homeseed.share(SHARE)
  return state === 'in-sync' && peers.every(({ missing }) => missing?.files === 0)
}
const untilKept = (writer: Device, box: Device): Promise<true> =>
  until('all of it is kept', async () => (await isInSync(writer)) && (await isInSync(box)), {
    describe: async () => `${await writer.homeseed.describe()}\n${await box.homeseed.describe()}`,
  })

test('a box keeps a share sealed: it finds no name and no content, and gives all of it back when nobody else is left', async (t) => {
  await using world = await makeWorld('sealed')
  const [anna, box, ben] = await Promise.all([world.start('anna'), world.start('box'), world.start('ben')])
  fill(anna)
  await world.add(anna)
  await world.join(box, anna, 'seed-only')
  await untilKept(anna, box)
  const secrets = { read: await secretOf(anna, 'read-only'), write: await secretOf(anna, 'read-write') }

  await t.test('what changes and goes is kept so, too; what it was is in the archive there', async () => {
    writeFileSync(join(anna.folder, 'film'), Buffer.concat([noise(700_000, 1), Buffer.from('the end')]))
    renameSync(join(anna.folder, `${PLANTED} letters/first.txt`), join(anna.folder, `${PLANTED} letters/1.txt`))
    rmSync(join(anna.folder, 'old'))
    await anna.homeseed.run('share', 'rescan', SHARE)
    await untilKept(anna, box)
    assert.equal(filesIn(box).length, 3)
    assert.ok(archived(box).length >= 3)
  })

  await t.test('it has no secret but its own', async () => {
    assert.match(await secretOf(box, 'seed-only'), /^F/)
    await assert.rejects(secretOf(box, 'read-only'), /seed-only secret/)
    assert.equal((await box.homeseed.share(SHARE)).access, 'seed-only')
  })

  const before = treeOf(anna.folder)
  await anna.homeseed.stop()

  await t.test('a new device has everything from it alone', async () => {
    const host = ['--host', box.homeseed.listen]
    await ben.homeseed.run('share', 'join', secrets.read, ben.folder, '--name', SHARE, ...host)
    await until('all of it is there', () => differences(before, treeOf(ben.folder)).length === 0, {
      describe: async () =>
        [...differences(before, treeOf(ben.folder)), await ben.homeseed.describe(), await box.homeseed.describe()].join(
          '\n',
        ),
    })
  })

  await t.test('what was changed at the box is not given to anybody', async () => {
    const [first] = filesIn(box)
    assert.ok(first)
    writeFileSync(first, 'not what it was')
    await box.homeseed.run('share', 'rescan', SHARE)
    const cora = await world.start('cora')
    const host = ['--host', box.homeseed.listen, '--host', ben.homeseed.listen]
    await cora.homeseed.run('share', 'join', secrets.write, cora.folder, '--name', SHARE, ...host)
    await until('all of it is there', () => differences(before, treeOf(cora.folder)).length === 0, {
      describe: () => cora.homeseed.describe(),
    })
    // who may write gives it back what it lacks
    await until('it is whole again', () => !readFileSync(first).equals(Buffer.from('not what it was')), {
      describe: () => box.homeseed.describe(),
    })
  })

  await box.homeseed.stop()
  await t.test('nothing planted is found on its disk, in its index, in its log', () => {
    assertPlantedNowhere(onDiskOf(box))
    assert.ok(!box.homeseed.log.includes(PLANTED))
  })
})

test('two boxes pass on to each other what they cannot read', async () => {
  await using world = await makeWorld('two-boxes')
  const [anna, one, two] = await Promise.all([world.start('anna'), world.start('one'), world.start('two')])
  fill(anna)
  await world.add(anna)
  await world.join(one, anna, 'seed-only')
  await untilKept(anna, one)
  await anna.homeseed.stop()
  await world.join(two, one, 'seed-only')
  await untilSame(one, two)
  assert.ok(filesIn(two).every((path) => statSync(path).size >= 1064 && dirname(path) !== two.folder))
})
