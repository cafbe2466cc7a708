/** From an entry to the response a reader gets: whole, 304, or a range, with its true age. */

import { header, type Entry } from './entry.ts'
import { httpDate } from './fields.ts'
import { HARDENED } from './hardening.ts'
import { NOTE } from './key.ts'
import { DATE } from './storing.ts'
import { isConditional, isStrong, verdictOf, type Validators } from './preconditions.ts'
import { problem } from './problems.ts'

/** Addressed to caches like us; nobody behind us needs them. */
export const OURS: readonly string[] = ['cdn-cache-control', 'cache-tag', 'surrogate-control']

/** `how` is our word on how it came about (RFC 9211). */
export function answerFrom(entry: Entry, request: Request, now: number, how?: string): Response {
  const answer = bodied(entry, request)
  answer.headers.set('age', String(ageOf(entry, now)))
  if (how !== undefined) answer.headers.append('cache-status', how)
  return answer
}

function bodied(entry: Entry, request: Request): Response {
  const headers = headersOf(entry)
  const verdict = entry.status === 200 && isConditional(request.headers) ? verdictOf(request.headers, validators(entry)) : 'send'
  if (verdict === 'not modified') return notModified(headers)
  if (verdict === 'failed') return preconditionFailed(request)
  const range = entry.status === 200 && request.method === 'GET' ? rangeOf(request.headers, entry) : undefined
  if (range === 'none') return unsatisfiable(request, entry.body.length)
  if (range !== undefined) return partial(entry, headers, range)
  if (request.method === 'HEAD') {
    const answer = new Response(null, { status: entry.status, headers })
    answer.headers.set('content-length', String(entry.body.length))
    return answer
  }
  const body = [204, 205].includes(entry.status) ? null : entry.body
  return new Response(body, { status: entry.status, headers, encodeBody: 'manual' })
}

export function ageOf(entry: Entry, now: number): number {
  return Math.floor(Math.max(0, now - entry.stored_at) / 1000)
}

const prepared = new WeakMap<Entry, Headers>()

/** What every answer from this entry has, made once. */
function headersOf(entry: Entry): Headers {
  let headers = prepared.get(entry)
  if (headers === undefined) {
    headers = headersFrom(entry)
    prepared.set(entry, headers)
  }
  return headers
}

function headersFrom(entry: Entry): Headers {
  // A copy and a few changes: a list of pairs takes the runtime three times as long.
  const headers = new Headers(HARDENED)
  const seen = new Set<string>()
  for (const [name, value] of entry.headers) {
    if (OURS.includes(name) || name.startsWith(NOTE)) continue
    if (seen.has(name)) headers.append(name, value)
    else headers.set(name, value)
    seen.add(name)
  }
  headers.set('date', header(entry, DATE) ?? new Date(entry.stored_at).toUTCString())
  return headers
}

/** `answer`, which nobody keeps, as the reader's preconditions want it. */
export function conditional(answer: Response, request: Request): Response {
  if (answer.status !== 200 || !isConditional(request.headers)) return answer
  const etag = answer.headers.get('etag') ?? undefined
  const verdict = verdictOf(request.headers, { etag, modified_at: httpDate(answer.headers.get('last-modified')) })
  if (verdict === 'send') return answer
  void answer.body?.cancel()
  return verdict === 'failed' ? preconditionFailed(request) : notModified(answer.headers)
}

function validators(entry: Entry): Validators {
  const modified_at = httpDate(header(entry, 'last-modified'))
  return { etag: header(entry, 'etag'), modified_at, received_at: httpDate(header(entry, DATE)) }
}

function notModified(headers: Headers): Response {
  const answer = new Response(null, { status: 304, headers })
  for (const name of ['content-encoding', 'content-length', 'content-type', 'content-range']) answer.headers.delete(name)
  return answer
}

function preconditionFailed(request: Request): Response {
  const detail = 'The answer is not the one that `If-Match` or `If-Unmodified-Since` expects.'
  return problem(request, 412, 'precondition-failed', detail)
}

function unsatisfiable(request: Request, size: number): Response {
  const detail = `The answer has ${size} bytes, and none of those that were asked for.`
  return problem(request, 416, 'range-not-satisfiable', detail, { 'Content-Range': `bytes */${size}` })
}

interface Range {
  readonly first: number
  readonly last: number
}

/** The one range asked for; `undefined` for none, for several and for what cannot be read, `'none'` for one past the end. */
function rangeOf(request: Headers, entry: Entry): Range | 'none' | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/i.exec(request.get('range') ?? '') ?? []
  const size = entry.body.length
  const isBackwards = from !== '' && to !== '' && Number(from) > Number(to)
  if ((from === '' && to === '') || isBackwards || !isSame(request, entry) || header(entry, 'content-encoding') !== undefined) return undefined
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from)
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1)
  return first <= last ? { first, last } : 'none'
}

/** `If-Range` holds for a strong entity tag only: a date cannot tell apart what one second brought. */
function isSame(request: Headers, entry: Entry): boolean {
  const wanted = request.get('if-range')
  return wanted === null || (isStrong(wanted) && wanted === header(entry, 'etag'))
}

function partial(entry: Entry, headers: Headers, { first, last }: Range): Response {
  const answer = new Response(entry.body.slice(first, last + 1), { status: 206, headers })
  answer.headers.set('content-range', `bytes ${first}-${last}/${entry.body.length}`)
  return answer
}
