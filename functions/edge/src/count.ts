/** The count that the whole fleet shares: a sliding window in Redis. */

import type { Redis } from './redis.ts'
import { MINUTE_MS } from './limits.ts'

const PREFIX = 'sabiscore:limit'

/**
 * The script of upstash-ratelimit's SlidingWindow, which the functions count with: the same keys, the same rule.
 * Its npm package counts in the same keys too, but weighs 37 KB minified, as much as the whole Worker.
 */
export const SLIDING_WINDOW = `#!lua flags=allow-key-locking
local current_key  = KEYS[1]
local previous_key = KEYS[2]
local tokens       = tonumber(ARGV[1])
local now          = ARGV[2]
local window       = ARGV[3]
local increment_by = ARGV[4]
local requests_in_current_window = redis.call("GET", current_key)
if requests_in_current_window == false then
requests_in_current_window = 0
end
local requests_in_previous_window = redis.call("GET", previous_key)
if requests_in_previous_window == false then
requests_in_previous_window = 0
end
local percentage_in_current = ( now % window ) / window
requests_in_previous_window = math.floor(( 1 - percentage_in_current ) * requests_in_previous_window)
if requests_in_previous_window + requests_in_current_window >= tokens then
return -1
end
local new_value = redis.call("INCRBY", current_key, increment_by)
if new_value == tonumber(increment_by) then
redis.call("PEXPIRE", current_key, window * 2 + 1000)
end
return tokens - ( new_value + requests_in_previous_window )
`

/** What a count said: `granted` requests, `remaining` after them, in a window that ends at `reset`. */
export interface Grant {
  readonly granted: number
  readonly remaining: number
  readonly reset: number
}

export interface Count {
  /** `size` requests or none, deducted; `undefined` where it is away. */
  lease(reader: string, size: number): Promise<Grant | undefined>
}

export class FleetCount implements Count {
  readonly #redis: Redis
  readonly #most: number

  constructor(redis: Redis, most: number) {
    this.#redis = redis
    this.#most = most
  }

  async lease(reader: string, size: number): Promise<Grant | undefined> {
    const now = Date.now()
    const window = Math.floor(now / MINUTE_MS)
    const keys = [window, window - 1].map((each) => `${PREFIX}:${reader}:${each}`)
    const command = ['EVAL', SLIDING_WINDOW, keys.length, ...keys, this.#most, now, MINUTE_MS, size]
    const left = await this.#redis.run(command, numberOf)
    if (left === undefined) return undefined
    return { granted: left >= 0 ? size : 0, remaining: Math.max(0, left), reset: (window + 1) * MINUTE_MS }
  }
}

function numberOf(result: unknown): number {
  if (!Number.isInteger(result)) throw new Error('not a number')
  return result as number
}
