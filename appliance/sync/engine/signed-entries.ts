import type { LocalEntry, ShareIndex } from '../index/share-index.ts'
import { sameEntry } from '../model/entry.ts'
import type { Entry } from '../model/entry.ts'
import { forgottenOf } from '../model/local-change.ts'
import type { ShareKeys } from '../secrets.ts'

/**
 * What is about to be announced, signed: by whoever made it, or else by this device, which vouches for it now. Not
 * sooner, as signing costs more than all the rest of finding a small file. Of what nobody has signed with the share's
 * present secrets a reader tells nothing: others could not take it from here.
 */
export function signedToTell(
  all: readonly LocalEntry[],
  { index, keys }: { readonly index: ShareIndex; readonly keys: ShareKeys },
): readonly LocalEntry[] {
  // names of what else lies in the folder of a seed-only device are nobody's business
  const changes = keys.access === 'seed-only' ? all.filter(({ entry }) => entry.sealed !== undefined) : all
  const isReady = ({ signature, version }: Entry) => signature !== undefined || version.length === 0
  const missing = changes.filter(({ entry }) => !isReady(entry))
  if (missing.length === 0) return changes
  if (keys.access !== 'read-write')
    return changes.map((change) => (isReady(change.entry) ? change : { ...change, entry: forgottenOf(change.entry) }))
  const made = keys.sign(missing.map(({ entry }) => entry))
  const signatures = new Map(missing.map(({ entry: { path } }, i) => [path, made[i]]))
  return index.transaction(() =>
    changes.map((change) => {
      const signature = signatures.get(change.entry.path)
      if (!signature) return change
      index.setSignature(change.entry.path, signature)
      return { ...change, entry: { ...change.entry, signature } }
    }),
  )
}

/** A reader that has got new secrets can tell of what it holds once a writer has signed it with them. */
export function signedAnew(local: LocalEntry | undefined, index: ShareIndex): LocalEntry | undefined {
  if (!local || local.entry.signature || local.entry.version.length === 0) return undefined
  const { entry } = local
  const same = index.remotes(entry.path).find((each) => each.entry.signature && sameEntry(each.entry, entry))
  return same && { ...local, entry: { ...entry, signature: same.entry.signature } }
}
