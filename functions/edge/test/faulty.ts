/** The Worker between an origin, a KV and an Upstash that suffer faults: for the tests and for the bench. */

import { Miniflare } from 'miniflare'

import { encode, type Entry } from '../src/entry.ts'
import { FAULTS, type Fault } from './faults.ts'
import type { Answer } from './origin.ts'
import { bundle } from './worker.ts'

export const GOOD = JSON.stringify({ match: 'Köln gegen Málaga' })
export const HEADERS = { 'Content-Type': 'application/json', 'CDN-Cache-Control': 'max-age=300, stale-if-error=86400', ETag: '"good"' }
/** The body of every entry that a tier holds. */
export const HELD = '{"held":true}'

export function entryOf(age_s: number, life: { fresh_s: number; stale_s: number }): Entry {
  const stored_at = Date.now() - 1000 * age_s
  const times = { stored_at, fresh_until: stored_at + 1000 * life.fresh_s, stale_until: stored_at + 1000 * life.stale_s }
  const headers = [['content-type', 'application/json'], ['etag', '"held"']] as const
  return { status: 200, headers, body: new TextEncoder().encode(HELD), tags: [], ...times }
}

/** What a tier says that holds a fresh entry: KV, and Upstash over REST. */
export const freshEntry = () => encode(entryOf(0, { fresh_s: 60, stale_s: 60 }))
export const freshResult = () => JSON.stringify({ result: freshEntry() })

/** Answers a path such as /api/cold/drip with the fault that its last part names. */
export const spoilt: Answer = (request, response, body) => {
  const fault = decodeURIComponent(request.url!.split('/')[3]!) as Fault
  FAULTS[fault](GOOD, HEADERS)(request, response, body)
}

const WITH_FAULTY_KV = `import edge, { Purges } from './edge.js'
export { Purges }
export default {
  fetch(request, env, context) {
    const ENTRIES = { get: async () => (await fetch(env.FAULTY)).text(), put: async () => {} }
    return edge.fetch(request, { ...env, ENTRIES }, context)
  },
}`

/** The Worker with a KV in which every key holds what `faulty` answers. */
export async function startWithKV(origin: string, faulty: string): Promise<Miniflare> {
  const edge = { type: 'ESModule', path: 'edge.js', contents: await bundle() } as const
  return new Miniflare({
    host: '127.0.0.1',
    port: 0,
    modules: [{ type: 'ESModule', path: 'main.js', contents: WITH_FAULTY_KV }, edge],
    compatibilityDate: '2026-07-01',
    bindings: { ORIGIN: origin, ORIGIN_PATHS: '/api/', DATA_PATHS: '/api/', PAGE_PATHS: '', PAGES_PER_MINUTE: '1000000', REQUESTS_PER_MINUTE: '1000000', FAULTY: faulty },
    durableObjects: { PURGES: { className: 'Purges', useSQLite: true } },
  })
}
