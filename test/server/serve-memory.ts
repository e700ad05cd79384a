/** `homeseed` with the memory service for an engine; for tests of what `serve` does around it. */
import { run } from '../../server/cli/run.ts'
import { serveVerb } from '../../server/cli/verbs/serve.ts'
import { MemorySyncService } from '../support/memory-sync-service.ts'

process.exitCode = await run(process.argv.slice(2), undefined, (verb, call) => {
  if (verb.words[0] !== 'serve') return verb.run(call)
  return serveVerb(call, async ({ deviceName, listen }) => ({
    sync: Object.assign(new MemorySyncService(), { name: deviceName, listen }),
    [Symbol.asyncDispose]: async () => undefined,
  }))
})
