import { commonOptions, verbs } from './verbs.ts'
import type { ArgumentSpec, OptionSpec, VerbSpec } from './verbs.ts'

const maxColumns = 80

const synopsis = (verb: VerbSpec): string =>
  [
    'homeseed',
    ...verb.words,
    ...verb.args.map(argumentText),
    ...verb.options.map((option) => `[${optionText(option)}]${option.isList ? '...' : ''}`),
  ].join(' ')

const argumentText = ({ name, isOptional, isList }: ArgumentSpec) =>
  `${isOptional ? `[${name}]` : name}${isList ? '...' : ''}`

const optionText = ({ name, value }: OptionSpec) => `--${name}${value === undefined ? '' : ` ${value}`}`

/** Two columns; the second is wrapped below itself. */
function columns(rows: readonly (readonly [left: string, right: string])[]): string {
  const width = Math.min(30, Math.max(...rows.map(([left]) => left.length))) + 2
  return rows
    .map(([left, right]) => {
      const lines = wrap(right, maxColumns - width - 2)
      const first = left.length + 2 <= width + 0 ? `  ${left.padEnd(width)}${lines.shift() ?? ''}` : `  ${left}`
      return [first, ...lines.map((line) => `  ${' '.repeat(width)}${line}`)].join('\n')
    })
    .join('\n')
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** The synopsis over several lines where it is long; options are never torn from their value. */
function wrapSynopsis(verb: VerbSpec): string {
  const parts = synopsis(verb).match(/\[[^\]]*\](?:\.\.\.)?|\S+/g) ?? []
  const lines = ['usage:']
  for (const part of parts) {
    const last = lines.at(-1) ?? ''
    if (last.length + 1 + part.length <= maxColumns) lines[lines.length - 1] = `${last} ${part}`
    else lines.push(`         ${part}`)
  }
  return lines.join('\n')
}

const verbHelp = (verb: VerbSpec): string =>
  [
    wrapSynopsis(verb),
    wrap(`${verb.summary}.`, maxColumns).join('\n'),
    ...(verb.more === undefined ? [] : [wrap(verb.more, maxColumns).join('\n')]),
    columns([...verb.options, ...commonOptions].map((option) => [optionText(option), option.summary])),
  ].join('\n\n')

const overview = (words: readonly string[], shown: readonly VerbSpec[]): string => {
  const command = ['homeseed', ...words, 'VERB'].join(' ')
  return [
    `usage: ${command} ...`,
    columns(shown.map((verb) => [[...verb.words, ...verb.args.map(argumentText)].join(' '), verb.summary])),
    columns(commonOptions.map((option) => [optionText(option), option.summary])),
    `Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not running, 4 timed out.\n"${command} --help" tells more of one verb.`,
  ].join('\n\n')
}

/** @param words  the beginning of some verbs, or a whole one */
export function helpText(words: readonly string[]): string {
  const shown = verbs.filter((verb) => words.every((word, i) => verb.words[i] === word))
  const exact = shown.find((verb) => verb.words.length === words.length)
  return exact ? verbHelp(exact) : overview(words, shown)
}
