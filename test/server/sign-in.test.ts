import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TooBusyError } from '../../appliance/settings/passwords.ts'
import { listSessions } from '../../appliance/settings/sessions.ts'
import { cookieOf, password, testPanel } from './panel-fixture.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

test('the first visit leads to the claim, which signs the browser in', async () => {
  const { ask } = testPanel()
  assert.equal((await ask('/')).headers.get('location'), '/claim')
  assert.equal((await ask('/sign-in')).headers.get('location'), '/claim')
  assert.match(await (await ask('/claim')).text(), /Choose a password/)
  const claimed = await ask('/claim', { form: { password } })
  assert.equal(claimed.status, 303)
  assert.equal((await ask('/', { cookie: cookieOf(claimed) })).status, 200)
})

test('a weak password comes back with what is wrong, and claims nothing', async () => {
  const { ask, deps } = testPanel()
  for (const weak of ['', 'short', 'x'.repeat(129), 'Password123', '11111111', 'homeseed']) {
    const answer = await ask('/claim', { form: { password: weak } })
    assert.equal(answer.status, 422, weak)
    assert.match(await answer.text(), /aria-invalid="true"/)
  }
  assert.equal(deps.signIn.isClaimed(), false)
})

test('of many claims at once one wins; the others are sent to sign in', async () => {
  const { ask, deps } = testPanel()
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, i) => ask('/claim', { form: { password: `claim number ${i}` } })),
  )
  const winners = answers.filter(({ headers }) => headers.get('location') === '/')
  assert.equal(winners.length, 1)
  assert.equal(answers.filter(({ headers }) => headers.get('location') === '/sign-in').length, 7)
  assert.equal(answers.filter(({ headers }) => headers.getSetCookie().length > 0).length, 1)
  assert.equal(listSessions(deps.db, Date.UTC(2026, 0)).length, 1)
})

test('nobody can claim twice', async () => {
  const { ask, claim } = testPanel()
  await claim()
  assert.equal((await ask('/claim')).headers.get('location'), '/sign-in')
  assert.equal((await ask('/claim', { form: { password: 'another password' } })).headers.get('location'), '/sign-in')
  assert.equal((await ask('/sign-in', { form: { password: 'another password' } })).status, 422)
})

test('after the window only this very computer can claim', async () => {
  const { ask, deps } = testPanel({ isClaimWindowOpen: false })
  const page = await ask('/claim')
  assert.equal(page.status, 403)
  assert.match(await page.text(), /homeseed panel password/)
  assert.equal((await ask('/claim', { form: { password } })).status, 403)
  assert.equal(deps.signIn.isClaimed(), false)
  assert.equal((await ask('/claim', { form: { password }, address: '::ffff:127.0.0.1' })).status, 303)
  assert.equal(deps.signIn.isClaimed(), true)
})

test('the settings page tells who claimed it, when and from where', async () => {
  const { ask, claim } = testPanel()
  const cookie = await claim({ address: '192.168.1.77' })
  assert.match(await (await ask('/settings', { cookie })).text(), /Claimed: Nov 20, 2026.*from 192\.168\.1\.77/)
})

test('the cookie is out of reach of scripts and other sites', async () => {
  const { ask } = testPanel()
  const cookie = (await ask('/claim', { form: { password } })).headers.getSetCookie()[0] ?? ''
  assert.match(cookie, /HttpOnly/)
  assert.match(cookie, /SameSite=Strict/)
  assert.match(cookie, /Path=\//)
})

test('two panels on one computer do not sign each other out', async () => {
  const { ask } = testPanel()
  const answer = await ask('/claim', { form: { password }, host: 'localhost:8899' })
  assert.match(answer.headers.getSetCookie()[0] ?? '', /^homeseed-session-8899=/)
})

test('the database holds no session that could be used', async () => {
  const { claim, deps } = testPanel()
  const cookie = await claim()
  const token = cookie.slice(cookie.indexOf('=') + 1)
  assert.ok(token.length >= 43, '256 bits')
  assert.ok(!JSON.stringify(listSessions(deps.db, 0)).includes(token))
})

test('signing in leads back to the page that was asked for, never elsewhere', async () => {
  const { ask, claim } = testPanel()
  await claim()
  assert.equal((await ask('/devices')).headers.get('location'), '/sign-in?to=%2Fdevices')
  for (const [to, where] of [
    ['/devices', '/devices'],
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
    ['https://evil.example', '/'],
    ['/x\r\nset-cookie: a=b', '/'],
    [undefined, '/'],
  ]) {
    const answer = await ask('/sign-in', { form: { password, ...(to === undefined ? {} : { to }) } })
    assert.equal(answer.headers.get('location'), where, String(to))
  }
})

test('signing in gives a new session and ends the one before', async () => {
  const { ask, claim } = testPanel()
  const before = await claim()
  const after = cookieOf(await ask('/sign-in', { form: { password }, cookie: before }))
  assert.notEqual(after, before)
  assert.equal((await ask('/', { cookie: before })).status, 303)
  assert.equal((await ask('/', { cookie: after })).status, 200)
})

test('signing out ends the session, not only the cookie', async () => {
  const { ask, claim } = testPanel()
  const cookie = await claim()
  const answer = await ask('/sign-out', { method: 'POST', cookie })
  assert.equal(answer.headers.get('location'), '/sign-in')
  assert.match(answer.headers.getSetCookie()[0] ?? '', /Max-Age=0/)
  assert.equal((await ask('/', { cookie })).status, 303)
})

test('a session ends: after twelve hours unused, or seven days when it was to stay', async () => {
  const { ask, claim, signIn, clock } = testPanel()
  await claim()
  const stays = await signIn()
  const goes = cookieOf(await ask('/sign-in', { form: { password } }))
  await clock.advance(11 * hourMs)
  assert.equal((await ask('/', { cookie: goes })).status, 200, 'used in time')
  await clock.advance(11 * hourMs)
  assert.equal((await ask('/', { cookie: goes })).status, 200, 'and again')
  await clock.advance(13 * hourMs)
  assert.equal((await ask('/', { cookie: goes })).status, 303, 'unused for too long')
  assert.equal((await ask('/', { cookie: stays })).status, 200)
  await clock.advance(7 * 24 * hourMs)
  assert.equal((await ask('/', { cookie: stays })).status, 303)
})

test('five wrong passwords are free, then each costs twice the wait; another source is not held up', async () => {
  const { ask, claim, clock } = testPanel()
  await claim()
  const guess = (text: string, address = '192.168.1.66') => ask('/sign-in', { form: { password: text }, address })
  for (let i = 0; i < 5; i += 1) assert.equal((await guess('wrong password')).status, 422)
  const first = await guess('wrong password')
  assert.equal(first.status, 429)
  assert.equal(first.headers.get('retry-after'), '1')
  assert.equal((await guess(password)).status, 429, 'even the right one has to wait')
  assert.equal((await guess(password, '192.168.1.67')).status, 303, 'the owner gets in from elsewhere')
  await clock.advance(1000)
  assert.equal((await guess('wrong password')).status, 422)
  await clock.advance(1000)
  assert.equal((await guess('wrong password')).headers.get('retry-after'), '1')
  await clock.advance(1000)
  assert.equal((await guess(password)).status, 303)
  assert.equal((await guess('wrong password')).status, 422, 'a right one wipes the slate')
})

test('many guesses at once gain nothing', async () => {
  const { ask, claim } = testPanel()
  await claim()
  const guesses = Array.from({ length: 30 }, () =>
    ask('/sign-in', { form: { password: 'wrong password' }, address: '192.168.1.66' }),
  )
  const statuses = (await Promise.all(guesses)).map(({ status }) => status)
  assert.equal(statuses.filter((status) => status === 422).length, 5)
})

test('who forgot the password is shown a command for this very Homeseed', async () => {
  const page = async (commandHome?: string) => {
    const { ask, claim } = testPanel(commandHome === undefined ? {} : { commandHome })
    await claim()
    return (await ask('/sign-in')).text()
  }
  assert.match(await page(), /<code class="code">homeseed panel password<\/code>/)
  assert.match(await page('/srv/my home'), /homeseed panel password --home &#39;\/srv\/my home&#39;<\/code>/)
})

test('too many at once are told to come back', async () => {
  const busy = {
    hash: async () => 'hash',
    verify: async () => {
      throw new TooBusyError()
    },
  }
  const { ask, claim } = testPanel({ passwords: busy })
  await claim()
  assert.equal((await ask('/sign-in', { form: { password } })).status, 503)
})

test('no password and no session is ever logged', async () => {
  const { ask, claim, logged } = testPanel()
  const cookie = await claim()
  await ask('/sign-in', { form: { password: 'a wrong guess' } })
  await ask('/sign-in', { form: { password } })
  const all = logged.join('\n')
  assert.match(all, /"claimed".*192\.168\.1\.50/)
  assert.match(all, /"sign-in-refused"/)
  for (const secret of [password, 'a wrong guess', cookie.split('=')[1] ?? '']) assert.ok(!all.includes(secret))
})

test('changing the password needs the one before, and signs all other browsers out', async () => {
  const { ask, claim, signIn } = testPanel()
  const here = await claim()
  const elsewhere = await signIn()
  const change = (current: string, next: string) =>
    ask('/settings/password', { cookie: here, form: { current, password: next } })
  assert.equal((await change('wrong password', 'a new password')).status, 422)
  assert.equal((await change(password, 'short')).status, 422)
  assert.equal((await change(password, 'a new password')).status, 303)
  assert.equal((await ask('/', { cookie: here })).status, 200)
  assert.equal((await ask('/', { cookie: elsewhere })).status, 303)
  assert.equal((await ask('/sign-in', { form: { password } })).status, 422)
  assert.equal((await ask('/sign-in', { form: { password: 'a new password' } })).status, 303)
})

test('a password never comes back in a page', async () => {
  const { ask, claim } = testPanel()
  await claim()
  assert.doesNotMatch(await (await ask('/sign-in', { form: { password: 'a wrong guess' } })).text(), /a wrong guess/)
})

test('language and look are chosen without sign-in, kept by the browser, and lead back', async () => {
  const { ask, claim } = testPanel()
  const answer = await ask('/language', { form: { language: 'es', back: '/claim' } })
  assert.equal(answer.headers.get('location'), '/claim')
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  assert.match(await (await ask('/claim', { cookie })).text(), /<html lang="es"/)
  assert.match(await (await ask('/claim', { headers: { 'accept-language': 'es-MX,es;q=0.9' } })).text(), /lang="es"/)
  assert.match(await (await ask('/claim', { headers: { 'accept-language': 'fr,de;q=0.9' } })).text(), /lang="en"/)
  const theme =
    (await ask('/theme', { form: { theme: 'dark', back: '/claim' } })).headers.getSetCookie()[0]?.split(';')[0] ?? ''
  assert.match(await (await ask('/claim', { cookie: theme })).text(), /data-theme="dark"/)
  assert.equal((await ask('/theme', { form: { theme: '"><script>', back: '/' } })).headers.getSetCookie().length, 0)
  const owner = await claim()
  await ask('/language', { form: { language: 'es', back: '/' }, cookie: owner })
  assert.match(await (await ask('/sign-in')).text(), /lang="es"/, "the owner's choice greets every browser")
})
