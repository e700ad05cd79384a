import assert from 'node:assert/strict'
import { argon2Sync } from 'node:crypto'
import { test } from 'node:test'
import { createPasswords, passwordFault, TooBusyError } from '../../appliance/settings/passwords.ts'

test('a password is kept as Argon2id and recognised again, whatever form its accents have', async () => {
  const passwords = createPasswords()
  const stored = await passwords.hash('caf\u00e9 con leche')
  assert.match(stored, /^\$argon2id\$v=19\$m=32768,t=3,p=1\$/)
  assert.equal(await passwords.verify(stored, 'cafe\u0301 con leche'), true)
  assert.equal(await passwords.verify(stored, 'cafe con leche'), false)
  assert.notEqual(await passwords.hash('caf\u00e9 con leche'), stored, 'salted')
})

test('a hash of other tuning stays valid, since the tuning stands in it', async () => {
  const salt = Buffer.from('saltsaltsaltsalt')
  const options = { message: 'some password', nonce: salt, parallelism: 1, tagLength: 32, memory: 1024, passes: 2 }
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replace(/=+$/, '')
  const stored = `$argon2id$v=19$m=1024,t=2,p=1$${text(salt)}$${text(argon2Sync('argon2id', options))}`
  assert.equal(await createPasswords().verify(stored, 'some password'), true)
  assert.equal(await createPasswords().verify(stored, 'some other'), false)
})

test('a damaged hash is an error, not a wrong password', async () => {
  await assert.rejects(createPasswords().verify('$argon2id$v=19$m=1024,t=2,p=1$c2FsdA$', 'x'), /damaged/)
})

test('two run, ten wait, the rest is refused', async () => {
  const passwords = createPasswords({ parallel: 1, waiting: 2 })
  const all = await Promise.allSettled(Array.from({ length: 5 }, () => passwords.hash('some password')))
  assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 3)
  const refused = all.filter((each) => each.status === 'rejected')
  assert.ok(refused.every(({ reason }) => reason instanceof TooBusyError))
  assert.ok(await passwords.hash('works again'))
})

test('what a password must be', () => {
  assert.equal(passwordFault('1234567'), 'too-short')
  assert.equal(passwordFault('🔑🔑🔑🔒'), 'too-short', 'characters, not bytes')
  assert.equal(passwordFault('x'.repeat(129)), 'too-long')
  assert.equal(passwordFault('QWERTYUIOP'), 'too-common')
  assert.equal(passwordFault('abababab'), 'too-common')
  assert.equal(passwordFault('drei kleine Wörter'), undefined)
})
