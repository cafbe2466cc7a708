/** For how long an answer may be used: RFC 9111, 5861 and 9213. Freshness itself is http-cache-semantics' word. */

import CachePolicy from 'http-cache-semantics'

import { header, type Entry } from './entry.ts'
import { directives, httpDate, seconds, surrogate, type Directives } from './fields.ts'
import { NOTE, varied } from './key.ts'

/** How long an answer that says nothing of errors may stand in when the origin cannot be reached. */
const DISCONNECTED_S = 60
/** RFC 9111, section 4.2.2: nobody said how long, so no longer than this, whatever a tenth of the age would be. */
const LONGEST_HEURISTIC_S = 86_400
const UNDERSTOOD = new Set([200, 203, 204, 300, 301, 302, 303, 307, 308, 404, 405, 410, 414, 501])
const NEVER_STALE = ['no-cache', 'must-revalidate', 'proxy-revalidate']
/** By this name Surrogate-Control may speak to us. */
export const SURROGATE = 'sabiscore'
export const ASKED_AT = `${NOTE}asked-at`

/** Seconds after the answer was made: until when it is fresh, and until when it may be served at all. */
export interface Life {
  readonly fresh_s: number
  readonly stale_s: number
}

/** The directives that rule here: those addressed to caches like us (RFC 9213), or those for everyone. */
function ruling(field: (name: string) => string | null | undefined): { rules: Directives; areTargeted: boolean } {
  const targeted = [directives(field('cdn-cache-control')), surrogate(field('surrogate-control'), SURROGATE)]
  const rules = targeted.find((each) => each.size > 0)
  return { rules: rules ?? directives(field('cache-control')), areTargeted: rules !== undefined }
}

/** How long to keep an answer to GET; `undefined` when it must not be kept. */
export function lifeOf(request: Headers, status: number, response: Headers): Life | undefined {
  const { rules, areTargeted } = ruling((name) => response.get(name))
  const known = normalised(rules, response, areTargeted)
  const explicit = rules.has('max-age') || rules.has('s-maxage') || rules.has('public') || 'expires' in known
  if (!mayKeep(status, explicit, rules, response)) return undefined
  // Personal requests may leave an answer for others only where the origin says so aloud.
  const personal = request.has('authorization') || request.has('cookie')
  const asked = { method: 'GET', url: '/', headers: personal ? { authorization: 'yes' } : {} }
  const policy = new CachePolicy(asked, { status: UNDERSTOOD.has(status) ? status : 200, headers: known })
  if (!policy.storable()) return undefined
  const isHeuristic = !rules.has('max-age') && !rules.has('s-maxage') && !('expires' in known)
  const longest_s = isHeuristic ? LONGEST_HEURISTIC_S : Infinity
  const fresh_s = ageOnArrival(response) === undefined ? 0 : Math.min(policy.maxAge(), longest_s)
  if (fresh_s === 0 && !response.has('etag') && !response.has('last-modified')) return undefined
  return { fresh_s, stale_s: fresh_s + graceOf(rules) }
}

function mayKeep(status: number, explicit: boolean, rules: Directives, response: Headers): boolean {
  if (status < 200 || status === 206 || status === 304) return false
  if (!UNDERSTOOD.has(status) && (!explicit || rules.has('must-understand'))) return false
  return !response.has('set-cookie') && varied(response.get('vary') ?? undefined) !== undefined
}

function graceOf(rules: Directives): number {
  if (NEVER_STALE.some((name) => rules.has(name))) return 0
  const named = ['stale-while-revalidate', 'stale-if-error'].filter((name) => rules.has(name))
  if (named.length > 0) return Math.max(...named.map((name) => seconds(rules, name)))
  return rules.has('s-maxage') ? 0 : DISCONNECTED_S
}

/** The few fields that decide freshness, rewritten so that the library cannot misread them. */
function normalised(rules: Directives, response: Headers, areTargeted: boolean): Record<string, string> {
  const known: Record<string, string> = {}
  // `immutable` says nothing of how long (RFC 8246); the library takes it for 1,000 days.
  const said = [...rules].filter(([name]) => name !== 'proxy-revalidate' && name !== 'immutable')
  const written = said.map(([name, value]) => (value === '' ? name : `${name}=${value.replace(/[",]/g, '')}`))
  if (written.length > 0) known['cache-control'] = written.join(', ')
  const date = httpDate(response.get('date'))
  if (date !== undefined) known.date = new Date(date).toUTCString()
  if (response.has('expires') && !areTargeted) {
    known.expires = new Date(httpDate(response.get('expires')) ?? 0).toUTCString()
  }
  const modified = httpDate(response.get('last-modified'))
  if (modified !== undefined) known['last-modified'] = new Date(modified).toUTCString()
  return known
}

/** What `Age` says, in seconds; `undefined` when it names none that can be read: it is stale. */
export function ageOnArrival(response: Headers): number | undefined {
  // Of a list in one line the first member counts (RFC 9111, section 5.1). Two lines, which the runtime joins with a
  // comma and a space, contradict each other.
  const [age = ''] = /^(\d+)(,\d+)*$/.test(response.get('age') ?? '0') ? (response.get('age') ?? '0').split(',') : []
  return age !== '' ? Math.min(Number(age), 2 ** 31) : undefined
}

/**
 * When an answer that was asked for at `asked_at` and came at `came_at` was made, by the older of what `Age` and `Date`
 * say (RFC 9111, section 4.2.3); all in milliseconds.
 */
export function madeAt(response: Headers, asked_at: number, came_at: number): number {
  const by_age = asked_at - 1000 * (ageOnArrival(response) ?? 0)
  const date = httpDate(response.get('date')) ?? came_at
  // Dates are cut to seconds, so what seems less than one old is new.
  const apparent_s = Math.max(0, Math.floor((came_at - date) / 1000))
  return Math.max(0, Math.min(by_age, came_at - 1000 * apparent_s))
}

export type Use = 'fresh' | 'refresh behind' | 'on error' | 'validate only'

/** What an entry may be used for at `now`; `purgedAt` is when it was last declared out of date. */
export function useOf(entry: Entry, now: number, purgedAt: number): Use {
  if (askedAt(entry) <= purgedAt) return 'validate only'
  if (now < entry.fresh_until) return 'fresh'
  if (now < staleWhile(entry)) return 'refresh behind'
  return now < entry.stale_until ? 'on error' : 'validate only'
}

/** Whether the entry may answer although the origin did, with an error (RFC 5861, section 4). */
export function outlivesErrors(entry: Entry, now: number): boolean {
  const until = entry.fresh_until + 1000 * seconds(rulesOf(entry), 'stale-if-error')
  return now < Math.min(until, entry.stale_until)
}

/** When the origin was asked; for an entry that was published, when its body was made. */
export function askedAt(entry: Entry): number {
  return Number(header(entry, ASKED_AT) ?? entry.stored_at)
}

function staleWhile(entry: Entry): number {
  if (header(entry, ASKED_AT) === undefined) return entry.stale_until
  return Math.min(entry.stale_until, entry.fresh_until + 1000 * seconds(rulesOf(entry), 'stale-while-revalidate'))
}

function rulesOf(entry: Entry): Directives {
  return ruling((name) => header(entry, name)).rules
}
