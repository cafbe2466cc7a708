import type { Entry } from '../entry.ts'
import type { Tier } from './tier.ts'

const MOST_ENTRIES = 1_000
const MOST_BYTES = 16 * 1024 * 1024

/** Entries in this isolate, the least recently used dropped first. */
export class Memory implements Tier {
  readonly name = 'memory'
  readonly #entries = new Map<string, Entry>()
  #bytes = 0

  peek(key: string): Entry | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry
  }

  get(key: string): Promise<Entry | undefined> {
    return Promise.resolve(this.peek(key))
  }

  keep(key: string, entry: Entry): void {
    this.drop(key)
    this.#entries.set(key, entry)
    this.#bytes += entry.body.length
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= MOST_ENTRIES && this.#bytes <= MOST_BYTES) break
      this.drop(oldest)
    }
  }

  put(key: string, entry: Entry): Promise<void> {
    this.keep(key, entry)
    return Promise.resolve()
  }

  drop(key: string): void {
    this.#bytes -= this.#entries.get(key)?.body.length ?? 0
    this.#entries.delete(key)
  }

  delete(key: string): Promise<void> {
    this.drop(key)
    return Promise.resolve()
  }
}
