/** Passwords and passphrases, as a person types them or a script hands them in. */
import { CliError, exitCodes } from './cli-error.ts'
import { firstLine } from './first-line.ts'
import type { Io } from './io.ts'

/** Typed twice on a terminal, else the first line of a pipe. @param what it is, in words */
export async function newPassword(io: Io, what: string): Promise<string> {
  if (!io.stdin.isTTY) return firstLine(io.stdin)
  const password = await typedUnseen(io, `${what}: `)
  if ((await typedUnseen(io, 'Once more: ')) === password) return password
  throw new CliError(exitCodes.failed, 'not-the-same', 'these were two different ones; nothing was changed.')
}

/** @param what it is, in words */
export const knownPassword = (io: Io, what: string): Promise<string> =>
  io.stdin.isTTY ? typedUnseen(io, `${what}: `) : firstLine(io.stdin)

/** A line from the keyboard that does not show on the screen. */
function typedUnseen({ stdin, err }: Io, prompt: string): Promise<string> {
  err(prompt)
  return new Promise((resolve, reject) => {
    let typed = ''
    const end = (settle: () => void) => {
      stdin.off('data', onData)
      stdin.setRawMode(false)
      stdin.pause()
      err('\n')
      settle()
    }
    const onData = (text: string) => {
      for (const character of text) {
        if (character === '\r' || character === '\n') return end(() => resolve(typed))
        if (character === '\u0003' || character === '\u0004')
          return end(() => reject(new CliError(exitCodes.failed, 'stopped', 'stopped; nothing was changed.')))
        typed = character === '\u007f' || character === '\b' ? [...typed].slice(0, -1).join('') : typed + character
      }
    }
    stdin.setEncoding('utf8')
    stdin.setRawMode(true)
    stdin.on('data', onData)
    stdin.resume()
  })
}
