/** What one reader may ask of us: sizes, and requests a minute. */

import { problem } from './problems.ts'

const LONGEST_URL = 4_096
export const LARGEST_BODY = 64 * 1024
const MINUTE_MS = 60_000
const MOST_READERS = 10_000

/** The refusal for a request that is too large to be looked at; `undefined` for all others. */
export function tooLarge(request: Request): Response | undefined {
  if (request.url.length > LONGEST_URL) return problem(request, 414, 'uri-too-long', 'The address is too long.')
  const isSafe = request.method === 'GET' || request.method === 'HEAD'
  const length = request.headers.get('content-length')
  if (isSafe || request.body === null) return undefined
  if (length !== null && Number(length) <= LARGEST_BODY) return undefined
  return problem(request, 413, 'body-too-large', `Bodies have at most ${LARGEST_BODY} bytes and name their length.`)
}

interface Bucket {
  left: number
  at: number
}

/** A bucket a reader that refills steadily: `most` requests at once, `most` a minute after that. */
export class Buckets {
  readonly #most: number
  readonly #buckets = new Map<string, Bucket>()

  constructor(most: number) {
    this.#most = most
  }

  /** Takes one request of `reader` out of its bucket; the seconds until there is one, or 0 when it may pass. */
  take(reader: string, now: number): number {
    const bucket = this.#buckets.get(reader) ?? { left: this.#most, at: now }
    const refill = ((now - bucket.at) * this.#most) / MINUTE_MS
    const left = Math.min(this.#most, bucket.left + Math.max(0, refill))
    this.#buckets.delete(reader)
    this.#buckets.set(reader, { left: left >= 1 ? left - 1 : left, at: now })
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= MOST_READERS) break
      this.#buckets.delete(oldest)
    }
    return left >= 1 ? 0 : Math.ceil(((1 - left) * MINUTE_MS) / this.#most / 1000)
  }

  /** 429 for a reader whose bucket is empty, by the address that the platform saw. */
  refusal(request: Request, now: number): Response | undefined {
    const wait_s = this.take(request.headers.get('cf-connecting-ip') ?? '', now)
    if (wait_s === 0) return undefined
    return problem(request, 429, 'too-many-requests', `At most ${this.#most} requests a minute.`, {
      'Retry-After': String(wait_s),
      'RateLimit-Policy': `"minute";q=${this.#most};w=60`,
      RateLimit: `"minute";r=0;t=${wait_s}`,
    })
  }
}
