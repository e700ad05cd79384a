import { resolve } from 'node:path'
import type { Io } from './io.ts'

/** A verb as it was called, checked against what the verb takes. */
export interface Call {
  readonly args: readonly string[]
  /** switches and single values; `true` for a switch */
  readonly options: ReadonlyMap<string, string | true | readonly string[]>
  /** absolute */
  readonly home: string
  readonly json: boolean
  readonly io: Io
}

export const argument = ({ args }: Call, index: number): string => args[index] ?? ''

export function textOption({ options }: Call, name: string): string | undefined {
  const value = options.get(name)
  return typeof value === 'string' ? value : undefined
}

export function listOption({ options }: Call, name: string): readonly string[] {
  const value = options.get(name)
  return Array.isArray(value) ? (value as readonly string[]) : []
}

export const hasOption = ({ options }: Call, name: string): boolean => options.has(name)

/** A folder as typed, seen from where the command was called. */
export const folderArgument = (call: Call, index: number): string => resolve(call.io.cwd, argument(call, index))

/** The result: as JSON, or as lines for people. */
export function print({ json, io }: Call, document: unknown, lines: () => readonly string[]): void {
  io.out(
    json
      ? `${JSON.stringify(document)}\n`
      : lines()
          .map((line) => `${line}\n`)
          .join(''),
  )
}
