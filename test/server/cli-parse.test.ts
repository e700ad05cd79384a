import assert from 'node:assert/strict'
import { test } from 'node:test'
import { helpText } from '../../server/cli/help.ts'
import { nearest } from '../../server/cli/nearest.ts'
import { parseCommandLine } from '../../server/cli/parse.ts'
import { commonOptions, verbs } from '../../server/cli/verbs.ts'

const calls: readonly (readonly [
  line: string,
  verb: string,
  args: readonly string[],
  options: Readonly<Record<string, unknown>>,
])[] = [
  ['serve', 'serve', [], {}],
  ['serve --panel 0.0.0.0:80 --no-discovery', 'serve', [], { panel: '0.0.0.0:80', 'no-discovery': true }],
  ['share add /srv/photos', 'share add', ['/srv/photos'], {}],
  ['share add --name=Family /srv/photos', 'share add', ['/srv/photos'], { name: 'Family' }],
  ['share add /srv/photos --name Family --json', 'share add', ['/srv/photos'], { name: 'Family', json: true }],
  ['--home /srv/seed share list', 'share list', [], { home: '/srv/seed' }],
  ['--json --home=/srv/seed share list', 'share list', [], { home: '/srv/seed', json: true }],
  ['share --json list', 'share list', [], { json: true }],
  ['share join - /srv/x --host a:1 --host b:2', 'share join', ['-', '/srv/x'], { host: ['a:1', 'b:2'] }],
  ['share add -- --odd', 'share add', ['--odd'], {}],
  ['share set photos', 'share set', ['photos'], {}],
  ['share set photos a=1 b=2', 'share set', ['photos', 'a=1', 'b=2'], {}],
  ['status', 'status', [], {}],
  ['status photos --watch', 'status', ['photos'], { watch: true }],
  ['wait --timeout 5 --peers=2', 'wait', [], { timeout: '5', peers: '2' }],
  ['host remove photos nas:22000', 'host remove', ['photos', 'nas:22000'], {}],
]
for (const [line, verb, args, options] of calls)
  test(`homeseed ${line}`, () => {
    const parsed = parseCommandLine(line.split(' '))
    assert.ok(parsed.ok && parsed.value.type === 'call', JSON.stringify(parsed))
    assert.equal(parsed.value.verb.words.join(' '), verb)
    assert.deepEqual(parsed.value.args, args)
    assert.deepEqual(Object.fromEntries(parsed.value.options), options)
  })

const wrong: readonly (readonly [line: string, hint: RegExp])[] = [
  ['', /what to do\? "homeseed --help" shows all verbs/],
  ['shares list', /no verb "shares"; did you mean "share"\?/],
  ['frobnicate', /no verb "frobnicate"; "homeseed --help" shows all verbs/],
  ['share', /share what\? one of: add, join, list/],
  ['share lst', /no "share lst"; did you mean "list"\?/],
  ['share frobnicate', /no "share frobnicate"; one of: add/],
  ['share add', /DIR is missing; "homeseed share add --help" tells more/],
  ['share add /a /b', /"\/b" is one too many/],
  ['share list --jso', /no option --jso; did you mean --json\?/],
  ['share list --frobnicate=5', /no option --frobnicate; "homeseed share list --help"/],
  ['share list -j', /no option -j/],
  ['share add /a --name', /--name needs a value: NAME/],
  ['share add /a --name=', /--name needs a value: NAME/],
  ['share add /a --name a --name b', /--name is given twice/],
  ['share list --json=yes', /--json takes no value/],
  ['share secret x --sealed', /no option --sealed; "homeseed share secret --help" tells more/],
]
for (const [line, hint] of wrong)
  test(`homeseed ${line} is told what is wrong in one line`, () => {
    const parsed = parseCommandLine(line === '' ? [] : line.split(' '))
    assert.ok(!parsed.ok)
    assert.match(parsed.error, hint)
    assert.doesNotMatch(parsed.error, /\n/)
  })

for (const line of ['version', '--version', '-v', '--json --version'])
  test(`homeseed ${line} asks for the version`, () => {
    const parsed = parseCommandLine(line.split(' '))
    assert.ok(parsed.ok && parsed.value.type === 'call')
    assert.equal(parsed.value.verb.words.join(' '), 'version')
  })

test('an argument that is empty is no folder', () => {
  const parsed = parseCommandLine(['share', 'add', ''])
  assert.ok(!parsed.ok && /DIR is empty/.test(parsed.error))
})

for (const line of [
  '--help',
  '-h',
  'help',
  'share --help',
  'share add --help',
  'help share add',
  'share add /x -h',
  'serve --panel x --help',
])
  test(`homeseed ${line} helps`, () => {
    const parsed = parseCommandLine(line.split(' '))
    assert.ok(parsed.ok && parsed.value.type === 'help')
  })

test('every verb has a help of its own that fits 80 columns and names what it takes', () => {
  for (const { words, args, options } of verbs) {
    const help = helpText(words)
    for (const line of help.split('\n')) assert.ok(line.length <= 80, line)
    for (const { name } of args) assert.ok(help.includes(name))
    for (const { name } of [...options, ...commonOptions]) assert.ok(help.includes(`--${name}`), name)
  }
  for (const line of helpText([]).split('\n')) assert.ok(line.length <= 80, line)
  for (const { words } of verbs) assert.ok(helpText([]).includes(words.join(' ')))
  assert.match(helpText([]), /^usage: homeseed VERB \.\.\.\n/)
  assert.match(helpText(['share']), /^usage: homeseed share VERB \.\.\.\n/)
})

test('the near word that was meant, or none', () => {
  const known = ['add', 'join', 'list', 'remove', 'rescan']
  assert.equal(nearest('ad', known), 'add')
  assert.equal(nearest('remvoe', known), 'remove')
  assert.equal(nearest('lits', known), 'list')
  assert.equal(nearest('ist', known), 'list')
  assert.equal(nearest('sealed', ['read-only', 'qr']), undefined)
  assert.equal(nearest('xyz', known), undefined)
  assert.equal(nearest('', known), undefined)
})
