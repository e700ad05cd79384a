import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '../../../appliance/sync/model/secret.ts'
import { secretToText } from '../../../appliance/sync/model/secret-text.ts'
import { UserError } from '../../../appliance/sync/status.ts'
import { secrets } from '../../../appliance/sync/wire/secrets.ts'
import { deviceOf, noSigner } from './device.ts'

const made = secrets({ bytes: (length) => new Uint8Array(length).fill(7) }, deviceOf(1), noSigner)
const secret = made.create()

const mistyped: readonly (readonly [typed: string, says: RegExp, details: UserError['details']])[] = [
  ['', /is empty/, { kind: 'empty' }],
  [`Z${secret.slice(1)}`, /begins with A, B, C or F, this one with "Z"/, { kind: 'unknown-kind', letter: 'Z' }],
  [secret.slice(0, -1), /: 1 character missing\. /, { kind: 'too-short', missing: 1 }],
  [secret.slice(0, 51), /: 10 characters missing\. /, { kind: 'too-short', missing: 10 }],
  [`${secret}A`, /has 1 character too many\. /, { kind: 'too-long', extra: 1 }],
  [`${secret}AA`, /has 2 characters too many\. /, { kind: 'too-long', extra: 2 }],
  [`A!${secret.slice(2)}`, /^"!" at place 2 cannot/, { kind: 'bad-character', character: '!', position: 2 }],
]
for (const [typed, says, details] of mistyped)
  test(`"${typed.slice(0, 8)}" of ${typed.length} characters is told as what it is, also to other languages`, () => {
    const refused = (error: unknown) => {
      assert.ok(error instanceof UserError)
      assert.equal(error.code, 'secret-mistyped')
      assert.match(error.message, says)
      assert.deepEqual(error.details, details)
      return true
    }
    assert.throws(() => made.parse(typed), refused)
  })

test('a secret with a right checksum around what is no key is refused where it is typed', () => {
  for (const access of ['read-only', 'seed-only'] as const)
    for (const key of [new Uint8Array(32), new Uint8Array(32).fill(2), Uint8Array.of(1, ...new Uint8Array(31))]) {
      const typed = secretToText({ access, key: new Secret(key) })
      assert.throws(() => made.parse(typed), /typing mistake/)
    }
  for (const access of ['read-only', 'seed-only'] as const) made.parse(made.weaker(secret, access) ?? '')
})
