import { decode, type Entry } from '../entry.ts'
import { Redis } from '../redis.ts'
import { orMiss, type Tier } from './tier.ts'

const DEADLINE_MS = 300

/** The fleet's shared cache over Upstash's REST. The functions and crons write it; the Worker only reads. */
export class Upstash implements Tier {
  readonly name = 'upstash'
  readonly isNear = false
  readonly #redis: Redis

  constructor(url: string, token: string) {
    this.#redis = new Redis(url, token)
  }

  async get(key: string): Promise<Entry | undefined> {
    const text = await this.#redis.run(['GET', key], textOf)
    return text ? orMiss('Upstash', DEADLINE_MS, Promise.resolve(text).then(decode)) : undefined
  }

  put(): undefined {}
}

/** The text under a key, or '' when nothing is there. */
function textOf(result: unknown): string {
  if (result !== null && typeof result !== 'string') throw new Error('not a text')
  return result ?? ''
}
