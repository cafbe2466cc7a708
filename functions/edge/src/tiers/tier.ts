import type { Entry } from '../entry.ts'

/** One place that keeps entries. A tier that fails is a miss, never an error of the request. */
export interface Tier {
  readonly name: string
  /** Whether a read is served in this location: what comes from such a tier is copied into memory only. */
  readonly isNear: boolean
  get(key: string): Entry | undefined | Promise<Entry | undefined>
  /** Keeps the entry at least until it is stale, if this tier takes it. */
  put(key: string, entry: Entry): Promise<void> | undefined
}

/** An entry is worth keeping after its end, to be validated by its ETag instead of fetched again. */
const VALIDATED_S = 600

/** Seconds from `now` for which a tier should hold on to an entry. */
export function holdFor(entry: Entry, now: number): number {
  return Math.min(Math.ceil((entry.stale_until - now) / 1000) + VALIDATED_S, 30 * 86_400)
}

/** The answer of `work`, or `undefined` when it fails or takes longer than `deadline_ms`. */
export async function orMiss<T>(what: string, deadline_ms: number, work: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${deadline_ms} ms`)), deadline_ms)
  })
  try {
    return await Promise.race([work, late])
  } catch (error) {
    console.warn(`${what}: ${String(error)}`)
    return undefined
  } finally {
    clearTimeout(timer)
  }
}
