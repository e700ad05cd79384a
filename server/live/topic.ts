/** What a live stream tells of. Texts are complete server-sent events. */
export interface Topic {
  /** Everything, for who has just come. @throws when there is nothing (any more) to tell of */
  snapshot(): string
  /** What looks different from when this was last asked. @throws as `snapshot` */
  changes(): string | undefined
}

/** One server-sent event; any kind of line break in `data` is a line of its own there. */
export const eventText = (data: string, event?: string): string =>
  `${event === undefined ? '' : `event: ${event}\n`}${data
    .split(/\r\n|\r|\n/)
    .map((line) => `data: ${line}\n`)
    .join('')}\n`
