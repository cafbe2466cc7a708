/** Upstash Redis over REST: a deadline for every call, and silence after five that failed. */

import { bounded } from './bounded.ts'
import { LONGEST } from './entry.ts'
import { orMiss } from './tiers/tier.ts'

const DEADLINE_MS = 300
/** An entry, escaped once more to stand in Upstash's JSON. */
const MOST_BYTES = 2 * LONGEST
const FAILURES = 5
const REST_MS = 10_000

export class Redis {
  readonly #url: string
  readonly #token: string
  #failures = 0
  #restsUntil = 0

  constructor(url: string, token: string) {
    this.#url = url
    this.#token = token
  }

  /** What `command` gives, read by `as`; `undefined` when Redis is away, or left alone because it was. */
  async run<T>(command: readonly (string | number)[], as: (result: unknown) => T): Promise<T | undefined> {
    if (Date.now() < this.#restsUntil) return undefined
    const result = await orMiss('Upstash', DEADLINE_MS, this.#ask(command).then(as))
    this.#count(result !== undefined)
    return result
  }

  async #ask(command: readonly (string | number)[]): Promise<unknown> {
    const answer = await fetch(this.#url, {
      method: 'POST',
      headers: { Authorization: `Bearer ${this.#token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(command),
      signal: AbortSignal.timeout(DEADLINE_MS),
    })
    const body = await bounded(answer.body, MOST_BYTES)
    if (body instanceof ReadableStream) {
      await body.cancel()
      throw new Error('too long')
    }
    const { result } = JSON.parse(new TextDecoder().decode(body)) as { result?: unknown }
    if (!answer.ok) throw new Error(`status ${answer.status}`)
    return result
  }

  /** After five failures in a row Redis is left alone for ten seconds, then one call tries again. */
  #count(isGood: boolean): void {
    this.#failures = isGood ? 0 : this.#failures + 1
    if (this.#failures >= FAILURES) this.#restsUntil = Date.now() + REST_MS
  }
}
