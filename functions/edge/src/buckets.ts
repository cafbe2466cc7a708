/** The limit of one isolate alone: what holds while the fleet's count is away, or where there is none. */

import { MINUTE_MS, type Limiter } from './limits.ts'

/** Who has not asked for longest is forgotten first, and so begins with a full bucket. */
export const READERS_KEPT = 10_000

interface Bucket {
  left: number
  at: number
}

/** A bucket a reader that refills steadily: `most` requests at once, `most` a minute after that. */
export class Buckets implements Limiter {
  readonly most: number
  readonly #buckets = new Map<string, Bucket>()

  constructor(most: number) {
    this.most = most
  }

  take(reader: string, now = Date.now()): number {
    const bucket = this.#buckets.get(reader) ?? { left: this.most, at: now }
    const refill = ((now - bucket.at) * this.most) / MINUTE_MS
    const left = Math.min(this.most, bucket.left + Math.max(0, refill))
    this.#buckets.delete(reader)
    this.#buckets.set(reader, { left: left >= 1 ? left - 1 : left, at: now })
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= READERS_KEPT) break
      this.#buckets.delete(oldest)
    }
    return left >= 1 ? 0 : Math.ceil(((1 - left) * MINUTE_MS) / this.most / 1000)
  }
}
