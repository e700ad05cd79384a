import { err, ok } from '../../appliance/sync/model/result.ts'
import type { Result } from '../../appliance/sync/model/result.ts'
import { nearest } from './nearest.ts'
import { commonOptions, verbs } from './verbs.ts'
import type { OptionSpec, VerbSpec } from './verbs.ts'

type Parsed =
  | { readonly type: 'help'; readonly words: readonly string[] }
  | {
      readonly type: 'call'
      readonly verb: VerbSpec
      readonly args: readonly string[]
      readonly options: ReadonlyMap<string, string | true | readonly string[]>
    }

/** Reads a command line. The error is one line with what to do, for exit code 2. */
export function parseCommandLine(argv: readonly string[]): Result<Parsed, string> {
  const typed = wordsOf(argv)
  if (typed.length === 0 && argv.some(isVersionAsked))
    return parseCommandLine(['version', ...argv.filter((each) => !isVersionAsked(each))])
  const verb = verbs.find(({ words }) => words.every((word, i) => typed[i] === word))
  const asksHelp = typed[0] === 'help' || isHelpAsked(argv)
  if (!verb) {
    const words = typed[0] === 'help' ? typed.slice(1) : typed
    if (asksHelp && (words.length === 0 || verbs.some((each) => startsWith(each.words, words))))
      return ok({ type: 'help', words })
    return err(unknownVerb(words))
  }
  if (asksHelp) return ok({ type: 'help', words: verb.words })
  const read = readOptions(argv, verb)
  if (!read.ok) return read
  const { positionals, options } = read.value
  const args = positionals.slice(verb.words.length)
  const wrong = wrongArguments(verb, args)
  return wrong === undefined ? ok({ type: 'call', verb, args, options }) : err(wrong)
}

const startsWith = (words: readonly string[], start: readonly string[]) => start.every((word, i) => words[i] === word)

const isVersionAsked = (text: string) => text === '--version' || text === '-v'

const isHelpAsked = (argv: readonly string[]) => {
  const end = argv.indexOf('--')
  return argv.slice(0, end === -1 ? undefined : end).some((each) => each === '--help' || each === '-h')
}

/** What is no option, nor the value of one; only `--home` may stand before the verb. */
function wordsOf(argv: readonly string[]): readonly string[] {
  const words: string[] = []
  for (let i = 0; i < argv.length; i += 1) {
    const each = argv[i] ?? ''
    if (each === '--') return [...words, ...argv.slice(i + 1)]
    if (each === '--home') i += 1
    else if (!isOption(each)) words.push(each)
  }
  return words
}

/** `-` alone means stdin. */
const isOption = (text: string) => text.startsWith('-') && text !== '-'

function unknownVerb(words: readonly string[]): string {
  const [first] = words
  if (first === undefined) return 'what to do? "homeseed --help" shows all verbs'
  const groups = verbs.filter((verb) => verb.words.length > 1 && verb.words[0] === first)
  if (groups.length > 0) {
    const known = groups.map((verb) => verb.words[1] ?? '')
    const hint = words[1] === undefined ? undefined : nearest(words[1], known)
    const meant = hint === undefined ? `one of: ${known.join(', ')}` : `did you mean "${hint}"?`
    return words[1] === undefined ? `${first} what? ${meant}` : `there is no "${first} ${words[1]}"; ${meant}`
  }
  const hint = nearest(first, [...new Set(verbs.map((verb) => verb.words[0] ?? ''))])
  const meant = hint === undefined ? '"homeseed --help" shows all verbs' : `did you mean "${hint}"?`
  return `there is no verb "${first}"; ${meant}`
}

const help = (verb: VerbSpec) => `"homeseed ${verb.words.join(' ')} --help" tells more`

function wrongArguments(verb: VerbSpec, args: readonly string[]): string | undefined {
  const missing = verb.args.slice(args.length).find(({ isOptional }) => !isOptional)
  if (missing) return `${missing.name} is missing; ${help(verb)}`
  if (args.length > verb.args.length && !verb.args.at(-1)?.isList)
    return `"${args[verb.args.length]}" is one too many; ${help(verb)}`
  const empty = verb.args.find((_, i) => args[i] === '')
  return empty && `${empty.name} is empty; ${help(verb)}`
}

function readOptions(argv: readonly string[], verb: VerbSpec) {
  const known = [...verb.options, ...commonOptions]
  const positionals: string[] = []
  const options = new Map<string, string | true | readonly string[]>()
  for (let i = 0; i < argv.length; i += 1) {
    const each = argv[i] ?? ''
    if (each === '--') {
      positionals.push(...argv.slice(i + 1))
      break
    }
    if (!isOption(each)) {
      positionals.push(each)
      continue
    }
    const [, name = '', inline] = /^--?([^=]*)(?:=(.*))?$/s.exec(each) ?? []
    const spec = each.startsWith('--') ? known.find((option) => option.name === name) : undefined
    if (!spec) return err(unknownOption(each, known, verb))
    const value = spec.value === undefined ? undefined : (inline ?? argv[(i += 1)])
    const wrong = wrongOption(spec, value, inline, options)
    if (wrong !== undefined) return err(`${wrong}; ${help(verb)}`)
    options.set(
      name,
      spec.isList ? [...((options.get(name) as readonly string[]) ?? []), value ?? ''] : (value ?? true),
    )
  }
  return ok({ positionals, options })
}

function wrongOption(
  { name, value: called, isList }: OptionSpec,
  value: string | undefined,
  inline: string | undefined,
  options: ReadonlyMap<string, unknown>,
): string | undefined {
  if (called === undefined && inline !== undefined) return `--${name} takes no value`
  if (called !== undefined && (value === undefined || value === '')) return `--${name} needs a value: ${called}`
  if (options.has(name) && !isList && called !== undefined) return `--${name} is given twice`
  return undefined
}

function unknownOption(typed: string, known: readonly OptionSpec[], verb: VerbSpec): string {
  const name = typed.replace(/=.*$/s, '')
  const hint = nearest(
    name.replace(/^-+/, ''),
    known.map((option) => option.name),
  )
  return `there is no option ${name}; ${hint === undefined ? help(verb) : `did you mean --${hint}?`}`
}
