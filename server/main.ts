#!/usr/bin/env node
// An older Node loads our native packages and dies without a word, so nothing is imported before this check.
const major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  process.stderr.write(`homeseed: needs Node 24 or newer, this is ${process.versions.node}\n`)
  process.exitCode = 1
} else {
  const { run } = await import('./cli/run.ts')
  process.exitCode = await run(process.argv.slice(2))
}

export {}
