/** What one reader may ask of us: sizes, and requests a minute. */

import { bounded } from './bounded.ts'
import { problem } from './problems.ts'
import { readerOf } from './reader.ts'

/** Characters of path and query. */
const LONGEST_TARGET = 4_096
/** Characters of names and values; sabiscore/http/middleware/head_limit.py says why. */
const LARGEST_FIELDS = 8_192
export const LARGEST_BODY = 64 * 1024
export const MINUTE_MS = 60_000

/** At most `most` requests a minute for each reader. */
export interface Limiter {
  readonly most: number
  /** Counts one request of `reader`, or gives the seconds after which one passes for certain. */
  take(reader: string): number | Promise<number>
}

/** The refusal for a request whose head is too large to be looked at; `undefined` for all others. */
export function tooLarge(request: Request): Response | undefined {
  // Most are short whatever their host; to take one apart costs more than all the rest.
  if (request.url.length > LONGEST_TARGET && request.url.length - new URL(request.url).origin.length > LONGEST_TARGET) {
    return problem(request, 414, 'uri-too-long', `Path and query are longer than ${LONGEST_TARGET} bytes.`)
  }
  let size = 0
  for (const [name, value] of request.headers) size += name.length + value.length
  if (size <= LARGEST_FIELDS) return undefined
  return problem(request, 431, 'fields-too-large', `The header fields are longer than ${LARGEST_FIELDS} bytes together.`)
}

/** The body of a request that may have one, or the refusal for one that is too large or that ends early. */
export async function bodyOf(request: Request): Promise<Uint8Array | null | Response> {
  if (request.method === 'GET' || request.method === 'HEAD' || request.body === null) return null
  const refusal = () => problem(request, 413, 'body-too-large', `Bodies have at most ${LARGEST_BODY} bytes.`)
  if (Number(request.headers.get('content-length') ?? 0) > LARGEST_BODY) return refusal()
  try {
    const body = await bounded(request.body, LARGEST_BODY)
    if (!(body instanceof ReadableStream)) return body
    void body.cancel()
    return refusal()
  } catch {
    // The reader has hung up, or sends chunks that are none.
    return problem(request, 400, 'bad-request', 'The body ends before its end.')
  }
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
