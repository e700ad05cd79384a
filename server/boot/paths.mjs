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

/** below the clone: all of the program */
export const program = 'dist/server.mjs'

/**
 * For Node when it runs the program: new objects get 2 MiB and not, as on a machine with much memory, up to 100; old
 * ones are cleared away once there are a third more of them, not four times as many. While 6,000 files are received that
 * takes a quarter less memory than 8 MiB alone, for no processor time that could be measured. The program may ask for all
 * to be cleared away (server/serve/at-rest.ts).
 */
export const programFlags = ['--max-semi-space-size=2', '--heap-growing-percent=30', '--expose-gc']

/** What Node and the libraries below it read at their start. */
export const environment = {
  UV_THREADPOOL_SIZE: '32', // four threads cannot keep a disk, TLS and hashing busy at once; a disk that hangs takes some
  MALLOC_ARENA_MAX: '2', // memory that one thread has freed serves the others too
  NODE_COMPILE_CACHE: `${root}node_modules/.cache/node`, // saves a third of the start
}
