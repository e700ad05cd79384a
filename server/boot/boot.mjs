// What the scripts in package.json call: `boot.mjs TASK [ARGS]`. Makes the clone ready, then runs the task under the
// pinned Node. Starts on any Node from 18 on, with nothing installed.
import { handOver } from './hand-over.mjs'
import { program } from './paths.mjs'
import { prepare } from './prepare.mjs'

/**
 * @typedef {{ needs: import('./prepare.mjs').Needs, script: string, args?: readonly string[] }} Task
 * @type {Readonly<Record<string, Task>>}
 */
const tasks = {
  start: { needs: { devTools: false, bundle: 'yes' }, script: program, args: ['serve'] },
  build: { needs: { devTools: false, bundle: 'no' }, script: 'server/boot/build.mjs' },
  test: { needs: { devTools: true, bundle: 'try' }, script: 'test/run.mjs' },
  'test:faults': { needs: { devTools: true, bundle: 'try' }, script: 'test/run.mjs', args: ['test/faults'] },
  check: { needs: { devTools: true, bundle: 'no' }, script: 'server/boot/check.mjs' },
  format: { needs: { devTools: true, bundle: 'no' }, script: 'server/boot/check.mjs', args: ['--write'] },
  bench: { needs: { devTools: true, bundle: 'try' }, script: 'test/bench/main.ts' },
  simulate: { needs: { devTools: true, bundle: 'no' }, script: 'test/sim/main.ts' },
  fuzz: { needs: { devTools: true, bundle: 'no' }, script: 'test/fuzz/main.ts' },
}

const [name = '', ...args] = process.argv.slice(2)
/** @type {Task | undefined} */
const task = name === 'node' ? { needs: { devTools: true, bundle: 'no' }, script: args.shift() ?? '' } : tasks[name]
if (task) {
  prepare(task.needs)
  handOver(task.script, [...(task.args ?? []), ...args])
} else {
  console.error(`usage: boot.mjs ${Object.keys(tasks).join(' | ')} | node FILE  [ARGS]`)
  process.exitCode = 2
}
