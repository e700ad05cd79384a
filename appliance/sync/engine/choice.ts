import { parseRelPath } from '../model/rel-path.ts'
import type { Choice } from '../model/scope.ts'
import { UserError } from '../status.ts'

const MAX_PATHS = 1000

/** What somebody typed, as paths in a share: each once, sorted. @throws UserError when one of them is none */
export function parseChoice({ only, skip }: Choice): Choice {
  if (only.length + skip.length > MAX_PATHS)
    throw new UserError('too-many-paths', `At most ${MAX_PATHS} folders can be named. Name the folders above them.`, {
      max: MAX_PATHS,
    })
  const [chosen, skipped] = [only.map(pathOf), skip.map(pathOf)]
  const twice = chosen.find((path) => skipped.includes(path))
  if (twice !== undefined)
    throw new UserError('path-twice', `"${twice}" cannot be both chosen and skipped.`, { path: twice })
  return { only: [...new Set(chosen)].sort(), skip: [...new Set(skipped)].sort() }
}

/** A slash at the end, as shells complete it, does not matter. */
function pathOf(typed: string): string {
  const path = parseRelPath(typed.replace(/^\.\//, '').replace(/\/+$/, ''))
  if (path === undefined)
    throw new UserError('bad-path', `"${typed}" is no path in the share, such as photos/2019.`, { path: typed })
  return path
}
