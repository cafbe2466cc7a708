/** The shared cache: fresh answers are served, stale ones served and refreshed behind, others fetched once. */

import { isUnder, keyOf, type Address } from './address.ts'
import { answerFrom, conditional, OURS } from './answer.ts'
import { header, type Entry } from './entry.ts'
import { bounded } from './bounded.ts'
import { behind, type Background } from './environment.ts'
import { directives } from './fields.ts'
import { Flight } from './flight.ts'
import { assertOwn, assertOwnPage, assertWhole } from './intercepted.ts'
import { conditions, entryOf, LARGEST, renewed } from './storing.ts'
import { isVariant, variantKey, variantOf, withVariant } from './key.ts'
import { ask, type Origin } from './origin.ts'
import { isPage } from './pages.ts'
import { outlivesErrors, useOf, type Use } from './policy.ts'
import { away, problem } from './problems.ts'
import type { Followed } from './purges.ts'
import type { Tier } from './tiers/tier.ts'

const NAME = 'SabiScore-Edge'

/** Where entries are kept, the nearest first, and what is known to be out of date. */
export interface Shelves {
  readonly tiers: readonly Tier[]
  readonly purges: Followed
  readonly flight: Flight<Entry | undefined>
  /** Paths where the origin has data only, and beginnings of them that end with a slash. */
  readonly dataPaths: readonly string[]
  /** Paths where the origin has pages, likewise. */
  readonly pagePaths: readonly string[]
}

interface Found {
  readonly entry: Entry
  readonly tier: Tier | 'origin'
  readonly use: Use
}

/** One GET or HEAD, from its key to its answer. */
export class Reading {
  readonly #shelves: Shelves
  readonly #origin: Origin
  readonly #request: Request
  readonly #background: Background
  readonly #address: Address

  constructor(shelves: Shelves, origin: Origin, request: Request, address: Address, background: Background) {
    this.#shelves = shelves
    this.#origin = origin
    this.#request = request
    this.#address = address
    this.#background = background
  }

  async answer(): Promise<Response> {
    const key = await keyOf(this.#address)
    const found = await this.#find(key)
    if (found?.use !== 'fresh' && found?.use !== 'refresh behind') {
      return isOnlyIfCached(this.#request) ? notStored(this.#request) : this.#fetch(key, found)
    }
    this.#bringNear(key, found)
    if (found.use === 'refresh behind') this.#refreshBehind(key, found)
    return this.#serve(found, 'hit')
  }

  /** The best entry for this request; tiers farther away are asked only when the nearer ones have none to serve. */
  async #find(key: string): Promise<Found | undefined> {
    const [memory, ...others] = this.#shelves.tiers
    const { tier: last } = this.#address
    const order = last === undefined ? others : [last, ...others.filter((tier) => tier !== last)]
    let best: Found | undefined
    for (const tier of [memory!, ...order]) {
      const entry = await this.#read(tier, key)
      if (entry === undefined) continue
      const use = this.#useOf(entry)
      if (best === undefined || entry.stored_at > best.entry.stored_at) best = { entry, tier, use }
      if (best.use === 'fresh' || (best.use === 'refresh behind' && tier !== last)) break
    }
    return best
  }

  /** What was found far off is copied to where the next reader looks. */
  #bringNear(key: string, { entry, tier }: Found): void {
    if (tier === 'origin' || tier === this.#shelves.tiers[0]) return
    this.#address.tier = tier
    this.#keep(key, entry, tier.isNear ? this.#shelves.tiers.slice(0, 1) : this.#shelves.tiers)
  }

  #useOf(entry: Entry): Use {
    return useOf(entry, Date.now(), this.#shelves.purges.purgedAt(this.#address.path, entry))
  }

  async #read(tier: Tier, key: string): Promise<Entry | undefined> {
    const last = await tier.get(key)
    const vary = last && header(last, 'vary')
    if (last === undefined || vary === undefined) return last
    const variant = await variantOf(vary, this.#request.headers)
    if (isVariant(last, variant)) return last
    const other = await tier.get(variantKey(key, variant))
    return other !== undefined && isVariant(other, variant) ? other : undefined
  }

  #refreshBehind(key: string, found: Found): void {
    const isWhole = this.#request.method === 'GET' && !this.#request.headers.has('range')
    if (!isWhole || this.#shelves.flight.isUnderWay(key)) return
    const load = async () => (await this.#load(key, found.entry)).entry
    behind(this.#background, 'refresh', this.#shelves.flight.lead(key, load))
  }

  /** Waits for the origin: alone, or with whoever asks for the same already. */
  async #fetch(key: string, found: Found | undefined): Promise<Response> {
    // A range is not the whole, so nobody else can use its answer; personal answers are nobody else's either.
    const isShared = !['authorization', 'cookie', 'range'].some((name) => this.#request.headers.has(name))
    let joined: Entry | undefined
    try {
      joined = isShared ? await this.#shelves.flight.join(key) : undefined
    } catch (error) {
      return this.#without(found, error)
    }
    if (joined !== undefined && this.#useOf(joined) === 'fresh' && (await this.#fits(joined))) {
      return this.#serve({ entry: joined, tier: 'origin', use: 'fresh' }, 'fwd=uri-miss; collapsed')
    }
    // The call may have ended while we were looking farther off.
    const memory = this.#shelves.tiers[0]!
    const kept = isShared ? await this.#read(memory, key) : undefined
    if (kept !== undefined && this.#useOf(kept) === 'fresh') return this.#serve({ entry: kept, tier: memory, use: 'fresh' }, 'hit')
    const why = found === undefined ? 'fwd=uri-miss' : 'fwd=stale'
    let loaded: Loaded | undefined
    const load = async () => {
      loaded = await this.#load(key, found?.entry)
      return loaded.entry
    }
    const work = isShared ? this.#shelves.flight.lead(key, load) : load()
    behind(this.#background, 'fetch', work)
    try {
      await work
    } catch (error) {
      return this.#without(found, error)
    }
    return this.#deliver(loaded!, found, why)
  }

  #deliver({ answer, entry }: Loaded, found: Found | undefined, why: string): Response {
    const status = `${why}; fwd-status=${answer.status}`
    if (found && answer.status >= 500 && found.use !== 'validate only' && outlivesErrors(found.entry, Date.now())) {
      return this.#serve(found, `hit; fwd=stale; fwd-status=${answer.status}`)
    }
    if (entry !== undefined) return this.#serve({ entry, tier: 'origin', use: 'fresh' }, `${status}; stored`)
    const isWhole = !this.#request.headers.has('range') // of a part the origin has looked at the conditions itself
    return withStatus(isWhole ? conditional(answer, this.#request) : answer, status)
  }

  /** The origin is away: what may outlive that is served with its true age. */
  #without(found: Found | undefined, error: unknown): Response {
    if (found !== undefined && found.use !== 'validate only') return this.#serve(found, 'hit; fwd=stale')
    return withStatus(away(this.#request, error), 'fwd=uri-miss')
  }

  /** Asks the origin, with the conditions of the entry we hold, and keeps what may be kept. */
  async #load(key: string, held: Entry | undefined): Promise<Loaded> {
    const asked_at = Date.now()
    const isRange = this.#request.headers.has('range')
    const ours = isRange ? undefined : conditions(held)
    const answer = await ask(this.#origin, this.#address.target, this.#request, ours)
    const isData = isUnder(this.#address.path, this.#shelves.dataPaths)
    if (isData) assertOwn(answer)
    else if (isPage(this.#address.path, this.#shelves.pagePaths)) assertOwnPage(answer)
    if (isRange || this.#request.method !== 'GET') return { answer }
    if (answer.status === 304 && held !== undefined) {
      const entry = renewed(this.#request.headers, held, answer, asked_at)
      if (entry === undefined) return { answer: answerFrom(held, this.#request, asked_at) }
      return { answer, entry: await this.#store(key, entry) }
    }
    if (Number(answer.headers.get('content-length') ?? 0) > LARGEST) return { answer }
    const body = await bounded(answer.body, LARGEST)
    if (body instanceof ReadableStream) return { answer: new Response(body, { status: answer.status, headers: answer.headers, encodeBody: 'manual' }) }
    if (isData) assertWhole(answer, body)
    const entry = entryOf(this.#request.headers, answer, body, asked_at)
    const isError = answer.status >= 500 && held !== undefined && outlivesErrors(held, asked_at)
    if (entry !== undefined && !isError) return { answer, entry: await this.#store(key, entry) }
    const isBodiless = [204, 205, 304].includes(answer.status)
    const { status, headers } = answer
    return { answer: new Response(isBodiless ? null : body, { status, headers, encodeBody: 'manual' }) }
  }

  async #store(key: string, entry: Entry): Promise<Entry> {
    const vary = header(entry, 'vary')
    const variant = await variantOf(vary, this.#request.headers)
    const kept = withVariant(entry, variant)
    this.#keep(key, kept, this.#shelves.tiers)
    if (vary !== undefined) this.#keep(variantKey(key, variant), kept, this.#shelves.tiers)
    return kept
  }

  #keep(key: string, entry: Entry, tiers: readonly Tier[]): void {
    for (const tier of tiers) {
      const work = tier.put(key, entry)
      if (work !== undefined) behind(this.#background, `${tier.name} put`, work)
    }
  }

  async #fits(entry: Entry): Promise<boolean> {
    return isVariant(entry, await variantOf(header(entry, 'vary'), this.#request.headers))
  }

  #serve({ entry, tier }: Found, how: string): Response {
    const from = tier === 'origin' ? tier : tier.name
    const now = Date.now()
    const ttl = Math.floor((entry.fresh_until - now) / 1000)
    return answerFrom(entry, this.#request, now, `${NAME}; ${how}; ttl=${ttl}; detail=${from}`)
  }
}

/** RFC 9111, section 5.2.1.7: whoever says so wants what is here, or nothing. */
function isOnlyIfCached(request: Request): boolean {
  return directives(request.headers.get('cache-control')).has('only-if-cached')
}

function notStored(request: Request): Response {
  return problem(request, 504, 'not-stored', 'There is no stored answer that may be used.')
}

interface Loaded {
  readonly answer: Response
  readonly entry?: Entry
}

/** `answer` with our word on how it came about (RFC 9211). */
export function withStatus(answer: Response, how: string): Response {
  const told = new Response(answer.body, { status: answer.status, headers: answer.headers, encodeBody: 'manual' })
  told.headers.append('cache-status', `${NAME}; ${how}`)
  for (const name of OURS) told.headers.delete(name)
  return told
}

