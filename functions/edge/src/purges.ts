/** What was declared out of date, and when: one strongly consistent log, which every isolate follows. */

import { DurableObject } from 'cloudflare:workers'

import type { Entry } from './entry.ts'
import { orMiss } from './tiers/tier.ts'

/** No entry lives longer, so no purge has to be remembered longer. */
const REMEMBERED_MS = 30 * 86_400_000
const SEEN_MS = 15 * 60_000
/** An isolate that has heard nothing for this long asks before it answers: purges hold within a second. */
const FOLLOW_MS = 500
const DEADLINE_MS = 250

export interface Purge {
  readonly seq: number
  readonly target: string
  readonly at: number
}

/** The log itself. There is one for the whole Worker. */
export class Purges extends DurableObject {
  readonly #sql: SqlStorage

  constructor(state: DurableObjectState, environment: unknown) {
    super(state, environment as never)
    this.#sql = state.storage.sql
    this.#sql.exec('CREATE TABLE IF NOT EXISTS purge (seq INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT UNIQUE, at INTEGER)')
    this.#sql.exec('CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY, at INTEGER)')
  }

  /** Everything after `seq`, oldest first. */
  since(seq: number): Purge[] {
    const rows = this.#sql.exec('SELECT seq, target, at FROM purge WHERE seq > ? ORDER BY seq LIMIT 5000', seq)
    return rows.toArray() as unknown as Purge[]
  }

  /** Notes that whatever bears one of `targets` (a tag, or a path) is out of date as of now. */
  add(targets: readonly string[]): number {
    const now = Date.now()
    this.#sql.exec('DELETE FROM purge WHERE at < ?', now - REMEMBERED_MS)
    for (const target of targets) {
      this.#sql.exec('DELETE FROM purge WHERE target = ?', target)
      this.#sql.exec('INSERT INTO purge (target, at) VALUES (?, ?)', target, now)
    }
    return now
  }

  /** Whether a call of this id comes for the first time. */
  isNew(id: string): boolean {
    const now = Date.now()
    this.#sql.exec('DELETE FROM seen WHERE at < ?', now - SEEN_MS)
    const { rowsWritten } = this.#sql.exec('INSERT OR IGNORE INTO seen (id, at) VALUES (?, ?)', id, now)
    return rowsWritten > 0
  }
}

/** One isolate's copy of the log. */
export class Followed {
  readonly #at = new Map<string, number>()
  #seq = 0
  #heardAt = 0

  /** When this entry, kept for `path`, was last declared out of date; 0 for never. */
  latest(path: string, tags: readonly string[]): number {
    if (this.#at.size === 0) return 0
    return Math.max(0, ...[path, ...tags].map((target) => this.#at.get(target) ?? 0))
  }

  purgedAt(path: string, entry: Entry): number {
    return this.latest(path, entry.tags)
  }

  /** Catches up with the log. When the log is away we answer from what we know, with true ages. */
  async follow(log: () => DurableObjectStub<Purges>): Promise<void> {
    if (Date.now() - this.#heardAt < FOLLOW_MS) return
    const heard = await orMiss('purges', DEADLINE_MS, Promise.resolve(log().since(this.#seq)))
    this.#heardAt = Date.now()
    for (const purge of heard ?? []) this.#take(purge)
  }

  /** Notes purges in the log and here at once. */
  async add(log: DurableObjectStub<Purges>, targets: readonly string[]): Promise<void> {
    const at = await log.add(targets)
    for (const target of targets) this.#at.set(target, at)
  }

  #take({ seq, target, at }: Purge): void {
    this.#seq = Math.max(this.#seq, seq)
    this.#at.set(target, Math.max(at, this.#at.get(target) ?? 0))
  }
}

export function logOf(purges: DurableObjectNamespace<Purges>): DurableObjectStub<Purges> {
  return purges.get(purges.idFromName('purges'))
}
