import assert from 'node:assert/strict'
import test from 'node:test'
import { settingsFrom, settingStatuses, withSettings } from '../../../appliance/sync/model/share-settings.ts'
import { parseSpace, spaceToBytes } from '../../../appliance/sync/model/space.ts'

test('room on a disk as people type it', () => {
  const bytes = (text: string) => {
    const space = parseSpace(text)
    return space && spaceToBytes(space, 1000)
  }
  for (const [text, expected] of [
    ['10GB', 10e9],
    ['1.5 kB', 1500],
    ['512mib', 512 * 2 ** 20],
    ['1B', 1],
    ['5%', 50],
    ['0.5 %', 5],
    ['100%', 1000],
    ['unlimited', Infinity],
  ] as const)
    assert.equal(bytes(text), expected, text)
  for (const text of ['', '10', '0GB', '0%', '101%', '-1GB', 'GB', '1e3GB', '1GBB', '1XB', '999999999999TB', 'all'])
    assert.equal(parseSpace(text), undefined, text)
})

test('every setting has a standard value that is allowed, and says what it means', () => {
  for (const { key, value, standard, meaning, allowed } of settingStatuses({})) {
    assert.equal(value, standard)
    assert.ok(withSettings({}, { [key]: standard }).ok, key)
    assert.ok(meaning !== '' && allowed !== '')
  }
  assert.equal(settingsFrom({})['archive-days'], 30)
})

test('what is set holds, and can be taken back', () => {
  const set = withSettings({}, { 'archive-days': ' 7 ', 'archive-keep': 'all' })
  assert.ok(set.ok)
  assert.deepEqual(set.value, { 'archive-days': '7', 'archive-keep': 'all' })
  assert.equal(settingsFrom(set.value)['archive-days'], 7)
  const back = withSettings(set.value, { 'archive-days': 'default' })
  assert.ok(back.ok)
  assert.deepEqual(back.value, { 'archive-keep': 'all' })
  assert.equal(settingsFrom(set.value)['archive-days'], 7, 'the one before is not touched')
})

test('one wrong value, and nothing is set', () => {
  for (const [key, value] of [
    ['archive-days', '0'],
    ['archive-days', '-1'],
    ['archive-days', '1.5'],
    ['archive-days', '99999'],
    ['archive-budget', '10'],
    ['archive-keep', 'some'],
    ['local-versions', 'ON'],
    ['local-versions', ''],
  ] as const) {
    const refused = withSettings({}, { 'archive-days': '7', [key]: value })
    assert.ok(!refused.ok && refused.error.type === 'bad-value', `${key}=${value}`)
    assert.equal(refused.error.key, key)
  }
  for (const key of ['archive', 'constructor', '__proto__', '']) {
    const refused = withSettings({}, JSON.parse(`{ ${JSON.stringify(key)}: "7" }`) as Record<string, string>)
    assert.ok(!refused.ok && refused.error.type === 'no-such-key', key)
  }
})

test('a stored value that is not understood any more counts as not set', () => {
  const stored = { 'archive-days': 'for ever', 'of-a-newer-program': '1' }
  assert.equal(settingsFrom(stored)['archive-days'], 30)
  assert.equal(settingStatuses(stored).find(({ key }) => key === 'archive-days')?.value, '30')
})
