/** The Worker: who answers which request. */

import { Addresses, isUnder } from './address.ts'
import { conditional } from './answer.ts'
import { Buckets } from './buckets.ts'
import { Reading, type Shelves } from './cache.ts'
import { FleetCount } from './count.ts'
import type { Background, Environment } from './environment.ts'
import { Flight } from './flight.ts'
import { hardened } from './hardening.ts'
import { Leases } from './leases.ts'
import { bodyOf, tooLarge, tooMany, type Limiter } from './limits.ts'
import { originOf } from './origin.ts'
import { CONDITIONAL } from './preconditions.ts'
import { problem } from './problems.ts'
import { purge, PURGE_PATH } from './purge.ts'
import { Followed, logOf } from './purges.ts'
import { Redis } from './redis.ts'
import { inRoom } from './rooms.ts'
import { Colo } from './tiers/colo.ts'
import { KeyValue } from './tiers/kv.ts'
import { Memory } from './tiers/memory.ts'
import type { Tier } from './tiers/tier.ts'
import { Upstash } from './tiers/upstash.ts'
import { change } from './unsafe.ts'

export { Purges } from './purges.ts'
export { Room } from './room.ts'

/** What one isolate keeps from request to request. */
interface Isolate extends Shelves {
  readonly limiter: Limiter
  readonly addresses: Addresses
  /** Paths that the origin answers, and beginnings of them that end with a slash. */
  readonly paths: readonly string[]
}

let isolate: Isolate | undefined

function isolateOf(environment: Environment): Isolate {
  isolate ??= {
    tiers: tiersOf(environment),
    purges: new Followed(),
    flight: new Flight(),
    limiter: limiterOf(environment),
    addresses: new Addresses(),
    paths: beginnings(environment.ORIGIN_PATHS),
    dataPaths: beginnings(environment.DATA_PATHS),
  }
  return isolate
}

function beginnings(paths: string): string[] {
  return paths.split(' ').filter((path) => path !== '')
}

function tiersOf({ ENTRIES, UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token }: Environment): Tier[] {
  const near: Tier[] = [new Memory(), new Colo(), new KeyValue(ENTRIES)]
  return url && token ? [...near, new Upstash(url, token)] : near
}

function limiterOf(environment: Environment): Limiter {
  const { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token } = environment
  const alone = new Buckets(Number(environment.REQUESTS_PER_MINUTE))
  return url && token ? new Leases(new FleetCount(new Redis(url, token), alone.most), alone) : alone
}

async function route(request: Request, environment: Environment, background: Background): Promise<Response> {
  const here = isolateOf(environment)
  const log = () => logOf(environment.PURGES)
  const refusal = tooLarge(request) ?? (await tooMany(request, here.limiter))
  if (refusal !== undefined) return refusal
  const body = await bodyOf(request)
  if (body instanceof Response) return body
  const address = here.addresses.of(request.url)
  if (address.path === PURGE_PATH) {
    const add = (targets: readonly string[]) => here.purges.add(log(), targets)
    const purger = { isNew: async (id: string) => log().isNew(id), purge: add }
    return purge(request, body, environment.EDGE_SECRET, purger, Date.now())
  }
  const room = await inRoom(request, body, address.given, environment)
  if (room !== undefined) return room
  if (!isUnder(address.path, here.paths)) return site(request, environment)
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return change(originOf(environment), request, body, (paths) => here.purges.add(log(), paths))
  }
  await here.purges.follow(log)
  return new Reading(here, originOf(environment), request, address, background).answer()
}

/** A page, with its preconditions looked at here: the assets know of one of them only. */
async function site(request: Request, environment: Environment): Promise<Response> {
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  const headers = new Headers(request.headers)
  for (const name of CONDITIONAL) headers.delete(name)
  const page = await environment.ASSETS.fetch(request.url, { method: isRead ? request.method : 'HEAD', headers, redirect: 'manual' })
  if (page.status === 404) return nothingHere(request)
  if (!isRead) return problem(request, 405, 'method-not-allowed', 'Pages are only read.', { Allow: 'GET, HEAD' })
  return conditional(new Response(page.body, page), request)
}

function nothingHere(request: Request): Response {
  return problem(request, 404, 'not-found', 'There is nothing at this address.')
}

export default {
  async fetch(request: Request, environment: Environment, context: ExecutionContext): Promise<Response> {
    return hardened(await route(request, environment, context), request)
  },
}
