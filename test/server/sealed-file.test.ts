import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { seal, unseal } from '../../server/keys/sealed-file.ts'

/** quick, and otherwise the same */
const weak = { memoryKiB: 8, passes: 1, lanes: 1 }
const contents = Buffer.from('the keys of a family')

test('what was sealed with a passphrase comes back with it, however it is typed, and with no other', () =>
  fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 500 }),
      fc.string({ unit: 'grapheme', minLength: 1 }),
      async (bytes, word) => {
        const file = await seal(bytes, word, weak)
        const opened = await unseal(file, word.normalize('NFD'))
        assert.ok(opened.ok)
        assert.deepEqual(new Uint8Array(opened.value), bytes)
        assert.deepEqual(await unseal(file, `${word}.`), { ok: false, error: 'wrong-passphrase' })
      },
    ),
    { numRuns: 50 },
  ))

test('a file of which one character was changed is refused', async () => {
  const file = await seal(contents, 'words', weak)
  for (let at = 0; at < file.length; at++) {
    const changed = file.slice(0, at) + (file[at] === '1' ? '2' : '1') + file.slice(at + 1)
    const opened = await unseal(changed, 'words')
    // what base64 passes over at its end changes nothing
    assert.ok(!opened.ok || opened.value.equals(contents), changed)
    if (at < file.length - 4 && file[at] !== '\n') assert.equal(opened.ok, false, changed)
  }
})

test('a file of which the end is missing is said to be not whole, whatever the passphrase', async () => {
  const file = await seal(Buffer.concat([contents, Buffer.alloc(200, 'x')]), 'words', weak)
  for (let length = '{"format":"homeseed keys"'.length; length < file.length - 4; length++)
    assert.deepEqual(await unseal(file.slice(0, length), 'other'), { ok: false, error: 'damaged' }, `${length}`)
  assert.deepEqual(await unseal(file.slice(0, 10), 'words'), { ok: false, error: 'no-keys-file' })
})

test('a file that asks for more memory or work than anybody needs is none', async () => {
  const file = await seal(contents, 'words', weak)
  for (const asked of ['"memoryKiB":999999999', '"memoryKiB":-1', '"memoryKiB":"8"', '"memoryKiB":8.5'])
    assert.deepEqual(await unseal(file.replace('"memoryKiB":8', asked), 'words'), { ok: false, error: 'no-keys-file' })
  assert.deepEqual(await unseal(file.replace('"passes":1', '"passes":100000'), 'words'), {
    ok: false,
    error: 'no-keys-file',
  })
  assert.deepEqual(await unseal(file.replace('"version":1', '"version":2'), 'words'), {
    ok: false,
    error: 'newer-version',
  })
  for (const nonsense of ['', '\n', '{}\n', 'null\nAAAA', '[1]\n'])
    assert.equal((await unseal(nonsense, 'words')).ok, false)
})
