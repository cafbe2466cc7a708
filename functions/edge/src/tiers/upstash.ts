import { bounded } from '../bounded.ts'
import { decode, LONGEST, type Entry } from '../entry.ts'
import { orMiss, type Tier } from './tier.ts'

const DEADLINE_MS = 300
/** An entry, escaped once more to stand in Upstash's JSON. */
const MOST_BYTES = 2 * LONGEST
const FAILURES = 5
const REST_MS = 10_000

/** The fleet's shared cache over Upstash's REST. The functions and crons write it; the Worker only reads. */
export class Upstash implements Tier {
  readonly name = 'upstash'
  readonly isNear = false
  readonly #url: string
  readonly #token: string
  #failures = 0
  #restsUntil = 0

  constructor(url: string, token: string) {
    this.#url = url
    this.#token = token
  }

  async get(key: string): Promise<Entry | undefined> {
    if (Date.now() < this.#restsUntil) return undefined
    const text = await orMiss('Upstash', DEADLINE_MS, this.#ask(key))
    this.#count(text !== undefined)
    return text ? orMiss('Upstash', DEADLINE_MS, Promise.resolve(text).then(decode)) : undefined
  }

  put(): undefined {}

  /** The text under the key, or '' when nothing is there. */
  async #ask(key: string): Promise<string> {
    const answer = await fetch(this.#url, {
      method: 'POST',
      headers: { Authorization: `Bearer ${this.#token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(['GET', key]),
      signal: AbortSignal.timeout(DEADLINE_MS),
    })
    const body = await bounded(answer.body, MOST_BYTES)
    if (body instanceof ReadableStream) {
      await body.cancel()
      throw new Error('too long')
    }
    const { result } = JSON.parse(new TextDecoder().decode(body)) as { result?: string | null }
    if (!answer.ok || (result !== null && typeof result !== 'string')) throw new Error(`status ${answer.status}`)
    return result ?? ''
  }

  /** After five failures in a row the shared cache is left alone for ten seconds, then one call tries again. */
  #count(isGood: boolean): void {
    this.#failures = isGood ? 0 : this.#failures + 1
    if (this.#failures >= FAILURES) this.#restsUntil = Date.now() + REST_MS
  }
}
