/** Names of users and groups, as this computer's own files tell them. */
import { readFileSync } from 'node:fs'
import type { Accounts } from './ports.ts'

/** Numbers by name, and the other way round; the first line counts. */
function read(path: string): { readonly idOf: Map<string, number>; readonly nameOf: Map<number, string> } {
  const [idOf, nameOf] = [new Map<string, number>(), new Map<number, string>()]
  let text = ''
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    // a computer without such a file: numbers have to do
  }
  for (const line of text.split('\n')) {
    const [name = '', , number = ''] = line.split(':')
    if (name === '' || !/^\d+$/.test(number)) continue
    if (!idOf.has(name)) idOf.set(name, Number(number))
    if (!nameOf.has(Number(number))) nameOf.set(Number(number), name)
  }
  return { idOf, nameOf }
}

export function nodeAccounts(): Accounts {
  const [users, groups] = [read('/etc/passwd'), read('/etc/group')]
  return {
    uidOf: (name) => users.idOf.get(name),
    gidOf: (name) => groups.idOf.get(name),
    userOf: (uid) => users.nameOf.get(uid),
    groupOf: (gid) => groups.nameOf.get(gid),
  }
}
