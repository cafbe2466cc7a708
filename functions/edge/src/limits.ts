/** What one reader may ask of us: sizes, and requests a minute. */

import { problem } from './problems.ts'
import { readerOf } from './reader.ts'

const LONGEST_URL = 4_096
export const LARGEST_BODY = 64 * 1024
export const MINUTE_MS = 60_000

/** At most `most` requests a minute for each reader. */
export interface Limiter {
  readonly most: number
  /** Counts one request of `reader`, or gives the seconds after which one passes for certain. */
  take(reader: string): number | Promise<number>
}

/** The refusal for a request that is too large to be looked at; `undefined` for all others. */
export function tooLarge(request: Request): Response | undefined {
  if (request.url.length > LONGEST_URL) return problem(request, 414, 'uri-too-long', 'The address is too long.')
  const isSafe = request.method === 'GET' || request.method === 'HEAD'
  const length = request.headers.get('content-length')
  if (isSafe || request.body === null) return undefined
  if (length !== null && Number(length) <= LARGEST_BODY) return undefined
  return problem(request, 413, 'body-too-large', `Bodies have at most ${LARGEST_BODY} bytes and name their length.`)
}

/** 429 for a reader who has asked often enough, by the address that the platform saw. */
export async function tooMany(request: Request, limiter: Limiter): Promise<Response | undefined> {
  const wait_s = await limiter.take(readerOf(request.headers.get('cf-connecting-ip') ?? ''))
  if (wait_s === 0) return undefined
  return problem(request, 429, 'too-many-requests', `At most ${limiter.most} requests a minute.`, {
    'Retry-After': String(wait_s),
    'RateLimit-Policy': `"minute";q=${limiter.most};w=60`,
    RateLimit: `"minute";r=0;t=${wait_s}`,
  })
}
