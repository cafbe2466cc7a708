/**
 * Shares of the fleet's limit, taken in advance: most requests of a reader cost no round trip. The scheme is that of
 * sabiscore/limits/leases.py: deducted before use, void when their window ends, growing from one and shrinking to it.
 */

import { READERS_KEPT, type Buckets } from './buckets.ts'
import type { Count, Grant } from './count.ts'
import { MINUTE_MS, type Limiter } from './limits.ts'

/** No lease is larger than the limit divided by this. */
const SHARE = 10
/** How long a refusal is believed: meanwhile it costs no round trip, then a sliding count may have room. */
const ASK_AGAIN_MS = 1_000

/** What this isolate knows of one reader; `until` is the end of what it knows. */
interface Held {
  left: number
  until: number
  reset: number
  size: number
  remaining: number
  asking: number
}

export class Leases implements Limiter {
  readonly most: number
  readonly #largest: number
  readonly #count: Count
  readonly #alone: Buckets
  readonly #held = new Map<string, Held>()

  constructor(count: Count, alone: Buckets) {
    this.most = alone.most
    this.#largest = Math.max(1, Math.floor(alone.most / SHARE))
    this.#count = count
    this.#alone = alone
  }

  take(reader: string): number | Promise<number> {
    const held = this.#known(reader)
    return this.#decided(held) ?? this.#ask(reader, held)
  }

  #known(reader: string): Held {
    const held = this.#held.get(reader) ?? { left: 0, until: 0, reset: 0, size: 0, remaining: 1, asking: 0 }
    this.#held.delete(reader)
    this.#held.set(reader, held)
    for (const oldest of this.#held.keys()) {
      if (this.#held.size <= READERS_KEPT) break
      this.#held.delete(oldest)
    }
    return held
  }

  /** The seconds to wait by what is known; `undefined` when the count has to be asked. */
  #decided(held: Held): number | undefined {
    const now = Date.now()
    if (now >= held.until) return undefined
    if (held.left > 0) {
      held.left -= 1
      return 0
    }
    return held.size === 0 ? this.#wait(held.reset - now) : undefined
  }

  /** No request of a Worker can wait for the promise of another: each that finds no lease asks for one itself. */
  async #ask(reader: string, held: Held): Promise<number> {
    const size = held.asking > 0 ? 1 : this.#nextSize(held)
    held.asking += 1
    const grant = await this.#count.lease(reader, size)
    held.asking -= 1
    if (grant === undefined) return this.#alone.take(reader)
    this.#note(held, grant)
    return this.#decided(held) ?? this.#ask(reader, held)
  }

  #note(held: Held, grant: Grant): void {
    const isKnown = held.reset === grant.reset && held.left > 0
    if (grant.granted === 0 && isKnown) return
    held.left = grant.granted + (isKnown ? held.left : 0)
    held.size = grant.granted
    held.remaining = grant.remaining
    held.reset = grant.reset
    held.until = grant.granted > 0 ? grant.reset : Math.min(grant.reset, Date.now() + ASK_AGAIN_MS)
  }

  #nextSize(held: Held): number {
    if (Date.now() >= held.reset) return 1
    return Math.max(1, Math.min(2 * held.size, this.#largest, Math.floor(held.remaining / 2)))
  }

  /** Refused leases are counted too, so a window may end almost one lease over; the next needs a moment to forget it. */
  #wait(resetIn: number): number {
    const over = this.#largest - 1
    return Math.floor((resetIn + Math.floor((MINUTE_MS * over) / (this.most + over))) / 1000) + 1
  }
}
