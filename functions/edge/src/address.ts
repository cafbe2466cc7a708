/** What a URL asks for: its path, its target and the key of that target, worked out once. */

import { entryKey, targetOf } from './key.ts'
import type { Tier } from './tiers/tier.ts'

const MOST = 2_000
/** Characters; longer ones are worked out each time, so that what is remembered stays small. */
const LONGEST = 512

export interface Address {
  /** As it came. */
  readonly given: string
  readonly path: string
  readonly target: string
  /** Told by `keyOf`. */
  key?: string
  /** Where the last answer came from when it was not in memory: asked first, which mostly saves the way past others. */
  tier?: Tier
}

/** The addresses that were asked for last. */
export class Addresses {
  readonly #known = new Map<string, Address>()

  of(url: string): Address {
    const known = this.#known.get(url)
    if (known !== undefined) return known
    const parsed = new URL(url)
    const given = parsed.pathname
    parsed.pathname = plain(given)
    const address: Address = { given, path: parsed.pathname, target: targetOf(parsed) }
    if (this.#known.size >= MOST) this.#known.clear()
    if (url.length <= LONGEST) this.#known.set(url, address)
    return address
  }
}

export async function keyOf(address: Address): Promise<string> {
  address.key ??= await entryKey(address.target)
  return address.key
}

/** `path` with what needed no encoding decoded: `/%68ealth` is `/health` (RFC 3986, section 6.2.2.2). */
function plain(path: string): string {
  return path.replace(/%(?:[46][1-9a-f]|[57][0-9a]|3[0-9]|2[de]|5f|7e)/gi, (encoded) => decodeURIComponent(encoded))
}

/** Whether `path` is one of `paths`, or below one of them that ends with a slash. API Gateway takes `%2F` for a slash too. */
export function isUnder(path: string, paths: readonly string[]): boolean {
  const routed = path.replace(/%2f/gi, '/')
  return paths.some((each) => routed === each || (each.endsWith('/') && routed.startsWith(each)))
}
