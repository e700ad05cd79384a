import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Builds a tool of the tests. @param source  its name in this folder. @throws Error with the compiler's words */
export function compile(source: string, to: string, ...flags: readonly string[]): void {
  const path = fileURLToPath(new URL(source, import.meta.url))
  execFileSync('cc', ['-O1', '-Wall', '-Wextra', '-Werror', '-o', to, path, ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
}
