import type { Access } from '../model/access.ts'
import type { ShareKeys } from '../secrets.ts'
import { SealKeys } from '../seal/seal-keys.ts'

/** What shares are sealed with for devices that must not read them, once it is known: deriving it takes a while. */
export class Seals {
  readonly #derived = new Map<string, Promise<SealKeys>>()

  /** @returns undefined where nothing is to be sealed: the other device may read, or this one may not either */
  async of({ id, sealPassword }: ShareKeys, access: Access): Promise<SealKeys | undefined> {
    if (access !== 'seed-only' || !sealPassword) return undefined
    const known = this.#derived.get(id)
    if (known) return known
    const derived = SealKeys.derive(id, sealPassword)
    this.#derived.set(id, derived)
    // there may be memory for it the next time
    derived.catch(() => this.#derived.delete(id))
    return derived
  }
}
