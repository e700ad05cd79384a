// The lint rule that holds the arrows of the house: which folder may import from which. Relative imports are resolved
// to rooms, and each pair is looked up in `rules`.
import { readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { posix, relative, sep } from 'node:path'
import { root } from '../paths.mjs'

/**
 * The room that a file belongs to. `sync/NAME` is a folder of the engine, `sync` what lies directly in it; likewise
 * `appliance/NAME` and `appliance`. `sync/contract`: what the engine is handed, what it tells, and the small parts that all its rooms share.
 * @param {string} path  below the clone, with forward slashes
 */
export function roomOf(path) {
  if (path === 'server/main.ts') return 'main'
  if (
    /^appliance\/sync\/(ports|status|disk-work|secrets|folders|tmp-folder|signal|mutex|free|slices|limits)\.ts$/.test(
      path,
    )
  )
    return 'sync/contract'
  const [top = '', second = '', third, fourth] = path.split('/')
  if (top === 'appliance') {
    if (second === 'sync' && third) return fourth ? `sync/${third}` : 'sync'
    return third ? `appliance/${second}` : 'appliance'
  }
  if (top === 'server' && second === 'boot') return 'boot'
  return ['server', 'ui', 'test'].includes(top) ? top : 'elsewhere'
}

const engine = /^sync(\/|$)/
const appliance = /^(sync|appliance)(\/|$)/

/**
 * Whose rule it is, what it may import, and of what it may import types only. The first that fits counts.
 * Every room may import from itself; `main`, `test` and `elsewhere` from everywhere.
 * @type {readonly { room: RegExp, values: RegExp[], types: RegExp[] }[]}
 */
const rules = [
  { room: /^sync\/model$/, values: [], types: [/^sync\/contract$/] },
  { room: /^sync\/contract$/, values: [/^sync\/model$/], types: [engine] },
  { room: /^sync(\/engine)?$/, values: [engine], types: [] },
  { room: /^sync\/wire$/, values: [/^sync\/(model|contract)$/], types: [] },
  { room: /^sync\//, values: [/^sync\/(model|contract|wire)$/], types: [/^sync\/index$/] },
  { room: /^appliance\//, values: [/^appliance$/], types: [] },
  { room: /^appliance$/, values: [], types: [] },
  { room: /^ui$/, values: [], types: [appliance] },
  { room: /^server$/, values: [appliance, /^ui$/], types: [] },
  { room: /^boot$/, values: [], types: [] },
]

/** What of node the pure rooms may use, by name. */
const pure = new Map([
  ['node:buffer', ['Buffer']],
  ['node:crypto', ['createHash', 'createHmac', 'hash', 'hkdfSync', 'timingSafeEqual']],
  ['node:util', ['inspect', 'isDeepStrictEqual']],
])

/** The appliance knows nothing of HTTP or HTML. */
const panelPackages = ['hono', '@hono/node-server', 'htmx.org', 'lucide-static']

/** @type {{ dependencies: Record<string, string>, devDependencies: Record<string, string> }} */
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))

/**
 * Why this import may not be; undefined when it may.
 * @param {string} file  path below the clone
 * @param {string} target  as written in the import
 * @param {{ typesOnly: boolean, names?: readonly string[] }} what  `names`: undefined when it takes everything
 * @returns {string | undefined}
 */
export function importProblem(file, target, { typesOnly, names }) {
  const room = roomOf(file)
  if (target.startsWith('.')) {
    const to = posix.join(posix.dirname(file), target)
    return roomProblem(room, roomOf(to), to, typesOnly)
  }
  if (isBuiltin(target)) return builtinProblem(room, target, typesOnly, names)
  return packageProblem(room, target, typesOnly)
}

/**
 * @param {string} room
 * @param {string} target
 * @param {string} path
 * @param {boolean} typesOnly
 */
function roomProblem(room, target, path, typesOnly) {
  if (room === target || target === 'elsewhere' || path.endsWith('.json')) return undefined
  const rule = rules.find((candidate) => candidate.room.test(room))
  if (!rule || rule.values.some((allowed) => allowed.test(target))) return undefined
  if (!rule.types.some((allowed) => allowed.test(target))) return `${room} may not import from ${target} (${path})`
  return typesOnly ? undefined : `${room} may import only types from ${target} (${path})`
}

/**
 * @param {string} room
 * @param {string} target
 * @param {boolean} typesOnly
 * @param {readonly string[] | undefined} names
 */
function builtinProblem(room, target, typesOnly, names) {
  if (!target.startsWith('node:')) return `write node:${target}`
  if (room !== 'sync/model' || typesOnly) return undefined
  const allowed = pure.get(target)
  if (!allowed) return `${room} is pure: no ${target}`
  if (names?.every((name) => allowed.includes(name))) return undefined
  return `${room} is pure: of ${target} only ${allowed.join(', ')}`
}

/**
 * @param {string} room
 * @param {string} target
 * @param {boolean} typesOnly
 */
function packageProblem(room, target, typesOnly) {
  if (['test', 'elsewhere'].includes(room)) return undefined
  const [first = '', second = ''] = target.split('/')
  const name = first.startsWith('@') ? `${first}/${second}` : first
  if (room === 'sync/model') return `${room} is pure: no package (${name})`
  if (appliance.test(room) && panelPackages.includes(name)) return `the appliance knows nothing of HTML: no ${name}`
  if (name in manifest.dependencies || (typesOnly && name in manifest.devDependencies)) return undefined
  return `${name} is not among the dependencies in package.json, so it is missing in production`
}

/** @type {import('eslint').Rule.RuleModule} */
export const importDirection = {
  meta: {
    type: 'problem',
    docs: { description: 'imports point one way through the house' },
    schema: [],
    messages: { forbidden: '{{problem}}' },
  },
  create(context) {
    const file = relative(root, context.filename).split(sep).join('/')
    /**
     * @param {any} node
     * @param {any} source  what the import names
     * @param {boolean} typesOnly
     * @param {readonly string[]} [names]
     */
    const check = (node, source, typesOnly, names) => {
      if (typeof source?.value !== 'string') return
      const problem = importProblem(file, source.value, { typesOnly, ...(names ? { names } : {}) })
      if (problem) context.report({ node, messageId: 'forbidden', data: { problem } })
    }
    /** @param {any} node  `import` or `export ... from`, with the marks that TypeScript adds */
    const declaration = (node) => {
      /** @type {any[]} */
      const specifiers = node.specifiers ?? []
      const kinds = [node, ...specifiers].map((part) => part.importKind ?? part.exportKind)
      const typesOnly = kinds[0] === 'type' || (kinds.length > 1 && kinds.slice(1).every((kind) => kind === 'type'))
      const named = specifiers.every(({ type }) => type === 'ImportSpecifier' || type === 'ExportSpecifier')
      const names = specifiers.map((part) => (part.imported ?? part.local)?.name)
      check(node, node.source, typesOnly, named && specifiers.length > 0 ? names : undefined)
    }
    return {
      ImportDeclaration: declaration,
      ExportNamedDeclaration: declaration,
      ExportAllDeclaration: declaration,
      ImportExpression: (node) => check(node, node.source, false),
      TSImportType: (/** @type {any} */ node) => check(node, node.source ?? node.argument?.literal, true),
    }
  },
}
