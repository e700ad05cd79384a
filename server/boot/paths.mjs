// Where things lie in a clone. Everything in this folder that runs before the install must work on Node 18 and
// import nothing but node's own modules.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** the clone, with a trailing slash */
export const root = fileURLToPath(new URL('../../', import.meta.url))

/** The Node that package.json pins. By path: npm 10 makes no `.bin/node` when two packages claim it. */
export const pinnedNode = `${root}node_modules/node-${process.platform}-${process.arch}/bin/node`

/** The pinned Node where there is one for this kind of machine, else the Node that runs this. */
export function nodePath() {
  return existsSync(pinnedNode) ? pinnedNode : process.execPath
}
