import { decode, encode, type Entry } from '../entry.ts'
import { holdFor, orMiss, type Tier } from './tier.ts'

const DEADLINE_MS = 300
/** KV refuses shorter lives, and takes up to a minute to tell other locations: not for short-lived answers. */
const SHORTEST_S = 60

/** Workers KV: every location, seconds behind. */
export class KeyValue implements Tier {
  readonly name = 'kv'
  /** KV remembers in each location what was read there. */
  readonly isNear = true
  readonly #namespace: KVNamespace

  constructor(namespace: KVNamespace) {
    this.#namespace = namespace
  }

  async get(key: string): Promise<Entry | undefined> {
    const read = this.#namespace.get(key, 'text').then((text) => (text === null ? undefined : decode(text)))
    return orMiss('KV', DEADLINE_MS, read)
  }

  async put(key: string, entry: Entry): Promise<void> {
    const now = Date.now()
    if (entry.fresh_until - now < SHORTEST_S * 1000) return
    await this.#namespace.put(key, encode(entry), { expirationTtl: Math.max(SHORTEST_S, holdFor(entry, now)) })
  }
}
