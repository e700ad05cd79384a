import { print } from '../call.ts'
import type { Call } from '../call.ts'
import { CliError, exitCodes } from '../cli-error.ts'
import { ask } from '../client.ts'
import { firstLine } from '../first-line.ts'
import type { Io } from '../io.ts'

export async function panelPassword(call: Call) {
  const { home, io } = call
  await ask({ home, method: 'GET', path: '/device' }) // nobody shall type twice for nothing
  const password = io.stdin.isTTY ? await typedTwice(io) : await firstLine(io.stdin)
  const answer = await ask({ home, method: 'POST', path: '/panel/password', body: { password } })
  print(call, answer, () => ['The password is set. Sign in to the panel with it.'])
  return exitCodes.done
}

async function typedTwice(io: Io): Promise<string> {
  const password = await typedUnseen(io, 'New password: ')
  if ((await typedUnseen(io, 'Once more: ')) === password) return password
  throw new CliError(exitCodes.failed, 'not-the-same', 'these were two different passwords; nothing was changed.')
}

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
