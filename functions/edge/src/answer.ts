/** From an entry to the response a reader gets: whole, 304, or a range, with its true age. */

import { header, type Entry } from './entry.ts'
import { httpDate, members } from './fields.ts'
import { HARDENED } from './hardening.ts'
import { NOTE } from './key.ts'
import { DATE } from './keeping.ts'

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
  if (entry.status === 200 && isUnchanged(request.headers, entry)) {
    const answer = new Response(null, { status: 304, headers })
    for (const name of ['content-encoding', 'content-type', 'content-range']) answer.headers.delete(name)
    return answer
  }
  const range = entry.status === 200 ? rangeOf(request.headers, entry) : undefined
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

/** RFC 9110, section 13.2.2: If-None-Match decides alone where it is there. */
function isUnchanged(request: Headers, entry: Entry): boolean {
  const asked = request.get('if-none-match')
  if (asked !== null) return asked.trim() === '*' || members(asked).some((tag) => weak(tag) === weak(header(entry, 'etag')))
  const since = httpDate(request.get('if-modified-since'))
  const modified = httpDate(header(entry, 'last-modified') ?? header(entry, DATE))
  return since !== undefined && modified !== undefined && modified <= since
}

/** An entity tag for weak comparison; readers who left out the quotes meant them. */
function weak(tag: string | undefined): string | undefined {
  return tag?.replace(/^W\//i, '').replace(/^"|"$/g, '')
}

interface Range {
  readonly first: number
  readonly last: number
}

/** The one range asked for; `undefined` for none, for several, and for one that cannot be given. */
function rangeOf(request: Headers, entry: Entry): Range | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(request.get('range') ?? '') ?? []
  const size = entry.body.length
  const condition = request.get('if-range')
  const isSame = condition === null || condition === header(entry, 'etag') || condition === header(entry, 'last-modified')
  if ((from === '' && to === '') || !isSame || header(entry, 'content-encoding') !== undefined) return undefined
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from)
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1)
  return first <= last ? { first, last } : undefined
}

function partial(entry: Entry, headers: Headers, { first, last }: Range): Response {
  const answer = new Response(entry.body.slice(first, last + 1), { status: 206, headers })
  answer.headers.set('content-range', `bytes ${first}-${last}/${entry.body.length}`)
  return answer
}
