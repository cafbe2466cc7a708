import { decode, encode, type Entry } from '../entry.ts'
import { holdFor, orMiss, type Tier } from './tier.ts'

const DEADLINE_MS = 100
/** The Cache API wants addresses; this one is never fetched. */
const ADDRESS = 'https://entries.invalid/'

/** The Cache API of one Cloudflare location: holds our text as an opaque body, so it judges nothing itself. */
export class Colo implements Tier {
  readonly name = 'cache'
  readonly isNear = true

  async get(key: string): Promise<Entry | undefined> {
    return orMiss('Cache API', DEADLINE_MS, this.#read(key))
  }

  async put(key: string, entry: Entry): Promise<void> {
    const headers = { 'Cache-Control': `max-age=${holdFor(entry, Date.now())}`, 'Content-Type': 'text/plain' }
    await caches.default.put(address(key), new Response(encode(entry), { headers }))
  }

  async #read(key: string): Promise<Entry | undefined> {
    const found = await caches.default.match(address(key))
    return found === undefined ? undefined : decode(await found.text())
  }
}

function address(key: string): string {
  return ADDRESS + encodeURIComponent(key)
}
