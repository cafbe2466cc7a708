/** The Worker: who answers which request. */

import { Addresses, isUnder } from './address.ts'
import { Buckets } from './buckets.ts'
import { Reading, type Shelves } from './cache.ts'
import { FleetCount } from './count.ts'
import type { Background, Environment } from './environment.ts'
import { Flight } from './flight.ts'
import { hardened } from './hardening.ts'
import { Leases } from './leases.ts'
import { bodyOf, tooLarge, tooMany, type Limiter } from './limits.ts'
import { originOf } from './origin.ts'
import { inWords, isPage, staticFile } from './pages.ts'
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
  /** Of pages and files, so that reading never uses up what a program may ask. */
  readonly pageLimiter: Limiter
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
    pageLimiter: new Buckets(Number(environment.PAGES_PER_MINUTE)),
    addresses: new Addresses(),
    paths: beginnings(environment.ORIGIN_PATHS),
    dataPaths: beginnings(environment.DATA_PATHS),
    pagePaths: beginnings(environment.PAGE_PATHS),
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
  const large = tooLarge(request)
  if (large !== undefined) return large
  const address = here.addresses.of(request.url)
  const isOfOrigin = isUnder(address.path, here.paths)
  const isForPeople = !isOfOrigin && isPage(address.path, here.pagePaths)
  const isAsset = !isOfOrigin && !isForPeople && !address.path.startsWith('/ws/') && address.path !== PURGE_PATH
  if (!isAsset) {
    const refusal = await tooMany(request, isForPeople ? here.pageLimiter : here.limiter)
    if (refusal !== undefined) return refusal
  }
  const body = await bodyOf(request)
  if (body instanceof Response) return body
  if (address.path === PURGE_PATH) {
    const add = (targets: readonly string[]) => here.purges.add(log(), targets)
    const purger = { isNew: async (id: string) => log().isNew(id), purge: add }
    return purge(request, body, environment.EDGE_SECRET, purger, Date.now())
  }
  const room = await inRoom(request, body, address.given, environment)
  if (room !== undefined) return room
  if (isAsset) return staticFile(request, environment)
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    // What browsers report to pages changes none of them.
    return change(originOf(environment), request, body, async (paths) => isForPeople || here.purges.add(log(), paths))
  }
  await here.purges.follow(log)
  return new Reading(here, originOf(environment), request, address, background).answer()
}

/** An error as the page or program that asked can read it. */
async function worded(answer: Response, request: Request, environment: Environment): Promise<Response> {
  const { addresses, dataPaths } = isolateOf(environment)
  return isUnder(addresses.of(request.url).path, dataPaths) ? answer : inWords(answer, request, environment)
}

export default {
  async fetch(request: Request, environment: Environment, context: ExecutionContext): Promise<Response> {
    const answer = await route(request, environment, context)
    return hardened(answer.status < 400 ? answer : await worded(answer, request, environment), request)
  },
}
