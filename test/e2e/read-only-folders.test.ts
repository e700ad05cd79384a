/** What a read-only device does to its folders keeps neither it nor its writer from being in sync. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { removeTree } from '../support/remove-tree.ts'
import { until } from '../support/scratch.ts'
import { SHARE, startTwo, untilConnected } from './devices.ts'
import type { Device } from './devices.ts'

/** Album with one picture on both sides. */
async function startAlbum(name: string) {
  await using owned = new AsyncDisposableStack()
  const { a: writer, b: reader } = owned.use(await startTwo(name, 'read-only'))
  mkdirSync(join(writer.folder, 'album'))
  writeFileSync(join(writer.folder, 'album/one'), 'picture one')
  await bothSettled(writer, reader)
  return { world: owned.move(), writer, reader, album: join(reader.folder, 'album') }
}

async function bothSettled(first: Device, second: Device): Promise<void> {
  await first.homeseed.settled(SHARE)
  await second.homeseed.settled(SHARE)
}

test('a folder that the writer deletes stays where the reader has a file of its own in it', async () => {
  const { world, writer, reader, album } = await startAlbum('own-file')
  await using _ = world
  writeFileSync(join(album, 'Thumbs.db'), 'made by the system of the reader')
  await reader.homeseed.run('share', 'rescan', SHARE)
  removeTree(join(writer.folder, 'album'))
  await bothSettled(writer, reader)
  assert.deepEqual(readdirSync(album), ['Thumbs.db'])
  assert.equal(existsSync(join(writer.folder, 'album')), false)
})

test('a folder that the reader deleted comes back when the writer puts something into it', async () => {
  const { world, writer, reader, album } = await startAlbum('deleted-folder')
  await using _ = world
  removeTree(album)
  await reader.homeseed.run('share', 'rescan', SHARE)
  writeFileSync(join(writer.folder, 'album/two'), 'picture two')
  await bothSettled(writer, reader)
  assert.equal(readFileSync(join(album, 'two'), 'utf8'), 'picture two')
})

test('a file that the reader put in the place of a folder goes beside when the writer puts something into that', async () => {
  const { world, writer, reader, album } = await startAlbum('file-for-folder')
  await using _ = world
  removeTree(album)
  writeFileSync(album, 'a file of the reader')
  await reader.homeseed.run('share', 'rescan', SHARE)
  writeFileSync(join(writer.folder, 'album/two'), 'picture two')
  await bothSettled(writer, reader)
  assert.equal(readFileSync(join(album, 'two'), 'utf8'), 'picture two')
  const beside = readdirSync(reader.folder).filter((name) => name.includes('sync-conflict'))
  assert.deepEqual(
    beside.map((name) => readFileSync(join(reader.folder, name), 'utf8')),
    ['a file of the reader'],
  )
})

test('a reader that changed the newest file for itself is known to hold all others after it was started again', async () => {
  const { world, writer, reader, album } = await startAlbum('newest')
  await using _ = world
  writeFileSync(join(writer.folder, 'album/newest'), 'the last that was received')
  await bothSettled(writer, reader)
  writeFileSync(join(album, 'newest'), 'painted over on the reader')
  await reader.homeseed.run('share', 'rescan', SHARE)
  await until('it is told', async () => (await reader.homeseed.share(SHARE)).localChanges === 1)
  await reader.homeseed.stop()
  await reader.homeseed.restart()
  await untilConnected(writer)
  await bothSettled(writer, reader)
})
