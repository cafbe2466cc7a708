/** How soon a reader is answered under every fault of the origin, of KV and of Upstash (line F1). */

import assert from 'node:assert/strict'

import { encode } from '../../src/entry.ts'
import { EVERY_FAULT, FAULTS } from '../faults.ts'
import { entryOf, freshEntry, freshResult, GOOD, HEADERS, spoilt, startWithKV } from '../faulty.ts'
import { Origin, say } from '../origin.ts'
import { start } from '../worker.ts'
import type { Check, Measured } from './check.ts'

/** The deadlines of the README, and what F1 allows beyond them. */
const ORIGIN_MS = 10_000
const KV_MS = 300
const UPSTASH_MS = 300
const BEYOND_MS = 100
/** Another process can only make an answer later, so the soonest of a few counts. */
const TRIES = 3

async function took_ms(url: string): Promise<number> {
  const since = performance.now()
  const answer = await fetch(url)
  await answer.text()
  assert.ok(answer.status < 500 || answer.status === 503 || answer.status === 504, `${url}: ${answer.status}`)
  return performance.now() - since
}

/** The worst fault: its time beyond `deadline_ms`, the soonest of some tries. */
async function worst(what: string, deadline_ms: number, ask: (fault: (typeof EVERY_FAULT)[number], attempt: number) => Promise<number>): Promise<Check> {
  let value = -Infinity
  for (const fault of EVERY_FAULT) {
    let soonest = Infinity
    for (let attempt = 0; attempt < TRIES && soonest > deadline_ms + BEYOND_MS; attempt += 1) soonest = Math.min(soonest, await ask(fault, attempt))
    value = Math.max(value, soonest - deadline_ms)
  }
  return { id: 'F1', what: `${what}, beyond ${deadline_ms} ms, worst fault`, value, sense: '≤', bound: BEYOND_MS, unit: 'ms' }
}

async function ofOrigin(origin: Origin): Promise<Check[]> {
  const worker = await start(origin.url)
  try {
    const base = (await worker.ready).origin
    const entries = await worker.getKVNamespace('ENTRIES')
    origin.answer = say(GOOD, HEADERS)
    await took_ms(`${base}/api/warm`) // its start is no part of anybody's deadline
    origin.answer = spoilt
    const held = await worst('origin, with an old copy', KV_MS, async (fault, attempt) => {
      const path = `/api/held/${encodeURIComponent(fault)}/${attempt}`
      await entries.put(`sabiscore:1:entry:${path}`, encode(entryOf(7_200, { fresh_s: 60, stale_s: 86_400 })))
      return took_ms(base + path)
    })
    const cold = await worst('origin, with nothing', ORIGIN_MS, (fault, attempt) => took_ms(`${base}/api/cold/${encodeURIComponent(fault)}/${attempt}`))
    return [held, cold]
  } finally {
    await worker.dispose()
  }
}

async function ofKV(origin: Origin): Promise<Check> {
  const faulty = await Origin.start()
  const worker = await startWithKV(origin.url, faulty.url)
  try {
    const base = (await worker.ready).origin
    origin.answer = say(GOOD, HEADERS)
    faulty.answer = say(freshEntry(), {})
    await took_ms(`${base}/api/kv/well`)
    return await worst('KV', KV_MS, (fault, attempt) => {
      faulty.answer = FAULTS[fault](freshEntry(), {})
      return took_ms(`${base}/api/kv/${encodeURIComponent(fault)}/${attempt}`)
    })
  } finally {
    await worker.dispose()
    faulty.stop()
  }
}

async function ofUpstash(origin: Origin): Promise<Check> {
  const redis = await Origin.start()
  const worker = await start(origin.url, { UPSTASH_REDIS_REST_URL: redis.url, UPSTASH_REDIS_REST_TOKEN: 'token' })
  try {
    const base = (await worker.ready).origin
    origin.answer = say(GOOD, HEADERS)
    await took_ms(`${base}/api/warm`)
    return await worst('Upstash', UPSTASH_MS, async (fault, attempt) => {
      // A good answer between the faults keeps the breaker closed.
      redis.answer = say(freshResult(), {})
      await took_ms(`${base}/api/well/${encodeURIComponent(fault)}/${attempt}`)
      redis.answer = FAULTS[fault](freshResult(), {})
      return took_ms(`${base}/api/shared/${encodeURIComponent(fault)}/${attempt}`)
    })
  } finally {
    await worker.dispose()
    redis.stop()
  }
}

export async function measure(): Promise<Measured> {
  const origin = await Origin.start()
  try {
    const checks = [...(await ofOrigin(origin)), await ofKV(origin), await ofUpstash(origin)]
    return { checks, notes: [`F1: ${EVERY_FAULT.length} faults each, the soonest of ${TRIES} tries where the first is late.`] }
  } finally {
    origin.stop()
  }
}
