/**
 * Every fault of the origin, of KV and of Upstash: an answer with its true age, or a problem document.
 *
 * What is slow outlasts the Worker's deadlines and then ends well, with another answer: so what a reader gets shows
 * that the deadline was kept. How soon it comes is measured by `make bench-edge`.
 */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import type { Miniflare } from 'miniflare'

import { encode } from '../src/entry.ts'
import { EVERY_FAULT, FAULTS, type Fault } from './faults.ts'
import { entryOf, freshEntry, freshResult, GOOD, HEADERS, HELD, spoilt, startWithKV } from './faulty.ts'
import { Origin, say } from './origin.ts'
import { start } from './worker.ts'

interface Read {
  readonly answer: Response
  readonly text: string
}

async function get(url: string): Promise<Read> {
  const answer = await fetch(url)
  return { answer, text: await answer.text() }
}

function assertProblem({ answer, text }: Read): void {
  assert.ok(answer.status === 503 || answer.status === 504, String(answer.status))
  assert.equal(answer.headers.get('content-type'), 'application/problem+json')
  assert.equal((JSON.parse(text) as { status: number }).status, answer.status)
  assert.ok(Number(answer.headers.get('retry-after')) > 0)
}

let origin: Origin
before(async () => {
  origin = await Origin.start()
})
after(() => origin.stop())

/** Of the origin's faults those after which the reader still gets what the origin said. */
const HARMLESS: readonly Fault[] = ['5 s delay', 'wrong schema', 'oversized']

/** A Worker that has answered once: its start is no part of anybody's deadline. */
async function warm(bindings: Record<string, string> = {}): Promise<{ worker: Miniflare; base: string }> {
  const worker = await start(origin.url, bindings)
  const base = (await worker.ready).origin
  origin.answer = say(GOOD, HEADERS)
  await get(`${base}/api/warm`)
  return { worker, base }
}

test('the origin: whatever befalls it, a reader gets an answer, and nothing spoilt is kept', { concurrency: true }, async (t) => {
  const { worker, base } = await warm()
  const entries = await worker.getKVNamespace('ENTRIES')
  origin.answer = spoilt
  for (const fault of EVERY_FAULT) {
    await t.test(`${fault}, with an old copy`, async () => {
      const path = `/api/held/${encodeURIComponent(fault)}`
      await entries.put(`sabiscore:1:entry:${path}`, encode(entryOf(7_200, { fresh_s: 60, stale_s: 86_400 })))
      const stale = await get(base + path)
      assert.equal(stale.answer.status, 200)
      assert.equal(stale.text, HELD)
      assert.match(stale.answer.headers.get('age')!, /^72\d\d$/)
    })
  }
  const cold = EVERY_FAULT.map((fault) => t.test(`${fault}, with nothing`, async () => {
    const path = `/api/cold/${encodeURIComponent(fault)}`
    const told = await get(base + path)
    if (HARMLESS.includes(fault)) assert.equal(told.answer.status, 200)
    else assertProblem(told)
  }))
  await Promise.all(cold)
  // Once it is well again the reader gets what it says: spoilt answers left nothing behind.
  origin.answer = say(GOOD, HEADERS)
  for (const fault of EVERY_FAULT.filter((each) => !HARMLESS.includes(each))) {
    const path = `/api/cold/${encodeURIComponent(fault)}`
    assert.equal(await entries.get(`sabiscore:1:entry:${path}`), null)
    assert.equal((await get(base + path)).text, GOOD, fault)
  }
  await worker.dispose()
})

test('KV: whatever befalls it, the origin is asked after its deadline', async (t) => {
  const faulty = await Origin.start()
  const worker = await startWithKV(origin.url, faulty.url)
  const base = (await worker.ready).origin
  origin.answer = say(GOOD, HEADERS)
  try {
    faulty.answer = say(freshEntry(), {})
    assert.equal((await get(`${base}/api/kv/well`)).text, HELD)
    for (const fault of EVERY_FAULT) {
      await t.test(fault, async () => {
        faulty.answer = FAULTS[fault](freshEntry(), {})
        const told = await get(`${base}/api/kv/${encodeURIComponent(fault)}`)
        assert.equal(told.text, GOOD)
        assert.match(told.answer.headers.get('cache-status')!, /detail=origin$/)
      })
    }
  } finally {
    await worker.dispose()
    faulty.stop()
  }
})

test('Upstash: whatever befalls it, the origin is asked after its deadline', async (t) => {
  const redis = await Origin.start()
  const good = freshResult()
  const { worker, base } = await warm({ UPSTASH_REDIS_REST_URL: redis.url, UPSTASH_REDIS_REST_TOKEN: 'token' })
  try {
    for (const fault of EVERY_FAULT) {
      await t.test(fault, async () => {
        // A good answer between the faults keeps the breaker closed.
        redis.answer = say(good, {})
        assert.equal((await get(`${base}/api/well/${encodeURIComponent(fault)}`)).text, HELD)
        redis.answer = FAULTS[fault](good, {})
        const told = await get(`${base}/api/shared/${encodeURIComponent(fault)}`)
        assert.equal(told.text, GOOD)
        assert.match(told.answer.headers.get('cache-status')!, /detail=origin$/)
      })
    }
  } finally {
    await worker.dispose()
    redis.stop()
  }
})
