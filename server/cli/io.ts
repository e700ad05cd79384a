/** What the command line sees of its terminal. Tests bring another. */
export interface Io {
  /** results */
  out(text: string): void
  /** everything else */
  err(text: string): void
  /** whether a person looks at it, rather than a pipe */
  readonly isOutTerminal: boolean
  readonly isErrTerminal: boolean
  readonly useColor: boolean
  readonly columns: number
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdin: NodeJS.ReadStream
}

export function processIo(): Io {
  const { stdout, stderr, stdin, env } = process
  // a reader that has seen enough (`| head`) is no fault
  for (const stream of [stdout, stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      process.exit()
    })
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    isOutTerminal: stdout.isTTY ?? false,
    isErrTerminal: stderr.isTTY ?? false,
    useColor: (stdout.isTTY ?? false) && !env['NO_COLOR'] && env['TERM'] !== 'dumb',
    columns: stdout.columns ?? 80,
    cwd: process.cwd(),
    env,
    stdin,
  }
}
