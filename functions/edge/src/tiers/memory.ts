import type { Entry } from '../entry.ts'
import type { Tier } from './tier.ts'

const MOST_ENTRIES = 1_000
const MOST_BYTES = 16 * 1024 * 1024

/** Entries in this isolate, the least recently used dropped first. */
export class Memory implements Tier {
  readonly name = 'memory'
  readonly isNear = true
  readonly #entries = new Map<string, Entry>()
  #bytes = 0

  get(key: string): Entry | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry
  }

  put(key: string, entry: Entry): undefined {
    this.#drop(key)
    this.#entries.set(key, entry)
    this.#bytes += entry.body.length
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= MOST_ENTRIES && this.#bytes <= MOST_BYTES) break
      this.#drop(oldest)
    }
  }

  #drop(key: string): void {
    this.#bytes -= this.#entries.get(key)?.body.length ?? 0
    this.#entries.delete(key)
  }
}
