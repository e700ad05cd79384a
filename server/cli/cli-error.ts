/** Scripts rely on these numbers. */
export const exitCodes = { done: 0, failed: 1, usage: 2, notRunning: 3, timedOut: 4 } as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Ends the program: one line on stderr that says what happened and what to do. */
export class CliError extends Error {
  readonly exitCode: ExitCode
  /** stable word for what went wrong, as the API tells it */
  readonly code: string
  constructor(exitCode: ExitCode, code: string, message: string) {
    super(message)
    this.name = 'CliError'
    this.exitCode = exitCode
    this.code = code
  }
}

export const usageError = (message: string): CliError => new CliError(exitCodes.usage, 'usage', message)
