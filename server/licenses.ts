import { readFileSync } from 'node:fs'

/** What our pages carry of others, with the terms it comes under. */
const works = [
  { name: 'Lucide', file: new URL('../node_modules/lucide-static/LICENSE', import.meta.url) },
  { name: 'htmx', file: new URL('../node_modules/htmx.org/LICENSE', import.meta.url) },
]

export const licenses = (): readonly { readonly name: string; readonly text: string }[] =>
  works.map(({ name, file }) => ({ name, text: readFileSync(file, 'utf8').trim() }))
