/** From the origin's answer to an entry, and from an entry and a 304 to its successor. */

import { header, isKept, isTag, MOST_TAGS, type Entry, type Pair } from './entry.ts'
import { httpDate } from './fields.ts'
import { NOTE } from './key.ts'
import { ASKED_AT, lifeOf, madeAt } from './policy.ts'

/** Bytes of a body; larger answers pass through. Base64 and JSON must still fit into an entry. */
export const LARGEST = 700_000
export const DATE = `${NOTE}date`
/** They describe the stored body, which a 304 does not change (RFC 9111, section 3.2). */
const OF_THE_BODY = new Set(['content-length', 'content-encoding', 'content-range', 'content-md5', 'etag'])

/** The entry for an answer to GET, asked for at `asked_at`; `undefined` when it must not be kept. */
export function entryOf(request: Headers, answer: Response, body: Uint8Array, asked_at: number): Entry | undefined {
  const life = lifeOf(request, answer.status, answer.headers)
  const sent = [...answer.headers].filter(([name]) => !isTransient(name))
  if (life === undefined || body.length > LARGEST || !sent.every(([name, value]) => isKept(name, value))) return undefined
  // With a tag left out, a purge by that tag would pass the entry by.
  const tags = tagsOf(answer.headers)
  if (tags.length > MOST_TAGS) return undefined
  const stored_at = madeAt(answer.headers, asked_at, Date.now())
  return {
    status: answer.status,
    headers: [...sent, ...notes(answer.headers, asked_at)],
    body,
    stored_at,
    fresh_until: Math.floor(stored_at + 1000 * life.fresh_s),
    stale_until: Math.floor(stored_at + 1000 * life.stale_s),
    tags,
  }
}

/** The stored answer with the fields and the new life that a 304 gives it. */
export function renewed(request: Headers, entry: Entry, answer: Response, asked_at: number): Entry | undefined {
  const merged = new Headers()
  for (const [name, value] of entry.headers) if (!name.startsWith(NOTE)) merged.append(name, value)
  for (const [name, value] of answer.headers) if (!OF_THE_BODY.has(name) && name !== 'set-cookie') merged.set(name, value)
  return entryOf(request, new Response(null, { status: entry.status, headers: merged }), entry.body, asked_at)
}

/** The fields that ask the origin whether `entry` still holds. */
export function conditions(entry: Entry | undefined): Record<string, string> {
  const etag = entry && header(entry, 'etag')
  const modified = entry && header(entry, 'last-modified')
  return { ...(etag && { 'if-none-match': etag }), ...(modified && { 'if-modified-since': modified }) }
}

function isTransient(name: string): boolean {
  return ['age', 'date', 'cache-status', 'content-length'].includes(name) || name.startsWith(NOTE)
}

function notes(headers: Headers, asked_at: number): Pair[] {
  const date = httpDate(headers.get('date'))
  const asked: Pair = [ASKED_AT, String(asked_at)]
  return date === undefined ? [asked] : [asked, [DATE, new Date(date).toUTCString()]]
}

function tagsOf(headers: Headers): string[] {
  const named = (headers.get('cache-tag') ?? '').split(/[\s,]+/).filter(isTag)
  return [...new Set(named)].sort()
}
