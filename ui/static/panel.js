// All of the panel's own script. Every page works without it.
'use strict'

const byId = (id) => document.getElementById(id)
const show = (element, visible = true) => element && (element.hidden = !visible)

// --- live pages -----------------------------------------------------------------------------------------------------
// A short gap is no news: a sleeping phone or a switched Wi-Fi comes back by itself.
const offlineAfterMs = 3000
let offlineTimer

document.addEventListener('htmx:sse:error', () => {
  offlineTimer ??= setTimeout(() => show(byId('offline')), offlineAfterMs)
})
document.addEventListener('htmx:sse:after:connection', () => {
  clearTimeout(offlineTimer)
  offlineTimer = undefined
  show(byId('offline'), false)
})
document.addEventListener('htmx:sse:after:message', () => {
  const status = document.querySelector('[data-title]')
  if (!status) return
  if (document.title !== status.dataset.title) document.title = status.dataset.title
  const favicon = byId('favicon')
  const icon = status.dataset.icon
  if (icon && favicon.getAttribute('href') !== icon) favicon.setAttribute('href', icon)
})
for (const name of ['moved', 'gone', 'signed-out'])
  document.addEventListener(name, () => {
    for (const text of document.querySelectorAll('#still [data-event]')) show(text, text.dataset.event === name)
    show(byId('still'))
  })

// --- buttons that need script -----------------------------------------------------------------------------------------
// No clipboard API here: http://homeseed.local is no secure context.
function copy(id) {
  const range = document.createRange()
  range.selectNodeContents(byId(id))
  const selection = getSelection()
  selection.removeAllRanges()
  selection.addRange(range)
  return document.execCommand('copy')
}

document.addEventListener('click', (event) => {
  const button = event.target.closest?.('[data-copy], [data-reveal]')
  if (!button) return
  if (button.dataset.copy && copy(button.dataset.copy)) button.querySelector('span').textContent = button.dataset.copied
  if (button.dataset.reveal) {
    const input = byId(button.dataset.reveal)
    const isShown = input.type === 'password'
    input.type = isShown ? 'text' : 'password'
    button.setAttribute('aria-pressed', String(isShown))
  }
})

for (const button of document.querySelectorAll('[data-copy], [data-reveal]')) show(button)

// --- links with a secret ------------------------------------------------------------------------------------------------
// http://BOX/join#SECRET: browsers send nobody what stands behind the #. It goes into the form, out of the address bar, and
// past the doors with whatever is sent from there.
if (location.hash.length > 1 && ['/join', '/sign-in', '/claim'].includes(location.pathname)) {
  const secret = byId('secret')
  if (secret) secret.value = `homeseed:${location.hash.slice(1)}`
  else for (const form of document.forms) form.action += location.hash
  history.replaceState(null, '', location.pathname + location.search)
}

// --- forms ------------------------------------------------------------------------------------------------------------
document.addEventListener('submit', (event) => {
  const form = event.target
  // the page of a form that gets a file stays, and may ask for another
  if (event.defaultPrevented || form.dataset.download !== undefined) return
  if (form.dataset.sent) return event.preventDefault() // a second tap does not send twice
  form.dataset.sent = 'yes'
  event.submitter?.setAttribute('aria-busy', 'true')
})
// Coming back with the browser's Back button shows the page as it was left.
addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) {
    delete form.dataset.sent
    form.querySelector('[aria-busy]')?.removeAttribute('aria-busy')
  }
})
