/** Every fault of the origin, of KV and of Upstash: an answer in time, with its true age, or a problem document. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { Miniflare } from 'miniflare'

import { encode, type Entry } from '../src/entry.ts'
import { EVERY_FAULT, FAULTS, type Fault } from './faults.ts'
import { Origin, say, type Answer } from './origin.ts'
import { bundle, start } from './worker.ts'

const GOOD = JSON.stringify({ match: 'Köln gegen Málaga' })
const HEADERS = { 'Content-Type': 'application/json', 'CDN-Cache-Control': 'max-age=300, stale-if-error=86400', ETag: '"good"' }
/** The deadlines of the README, and the time that passing on the answer may take on a busy machine. */
const ORIGIN_MS = 10_000
const KV_MS = 300
const UPSTASH_MS = 300
const SPARE_MS = process.env.CI ? 1_000 : 100

interface Timed {
  readonly answer: Response
  readonly text: string
  readonly took_ms: number
}

async function get(url: string): Promise<Timed> {
  const since = performance.now()
  const answer = await fetch(url)
  return { answer, text: await answer.text(), took_ms: performance.now() - since }
}

function entryOf(age_s: number, life: { fresh_s: number; stale_s: number }): Entry {
  const stored_at = Date.now() - 1000 * age_s
  const times = { stored_at, fresh_until: stored_at + 1000 * life.fresh_s, stale_until: stored_at + 1000 * life.stale_s }
  const headers = [['content-type', 'application/json'], ['etag', '"held"']] as const
  return { status: 200, headers, body: new TextEncoder().encode('{"held":true}'), tags: [], ...times }
}

function assertProblem({ answer, text }: Timed): void {
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

const spoilt: Answer = (request, response, body) => {
  const fault = decodeURIComponent(request.url!.split('/')[3]!) as Fault
  FAULTS[fault](GOOD, HEADERS)(request, response, body)
}

test('the origin: whatever befalls it, a reader gets an answer in time, and nothing spoilt is kept', { concurrency: true }, async (t) => {
  const { worker, base } = await warm()
  const entries = await worker.getKVNamespace('ENTRIES')
  origin.answer = spoilt
  for (const fault of EVERY_FAULT) {
    await t.test(`${fault}, with an old copy`, async () => {
      const path = `/api/held/${encodeURIComponent(fault)}`
      await entries.put(`sabiscore:1:entry:${path}`, encode(entryOf(7_200, { fresh_s: 60, stale_s: 86_400 })))
      const stale = await get(base + path)
      assert.equal(stale.answer.status, 200)
      assert.equal(stale.text, '{"held":true}')
      assert.ok(Math.abs(Number(stale.answer.headers.get('age')) - 7_200) <= 2)
      assert.ok(stale.took_ms <= KV_MS + SPARE_MS, `${stale.took_ms} ms`)
    })
  }
  const cold = EVERY_FAULT.map((fault) => t.test(`${fault}, with nothing`, async () => {
    const path = `/api/cold/${encodeURIComponent(fault)}`
    const told = await get(base + path)
    assert.ok(told.took_ms <= ORIGIN_MS + SPARE_MS, `${told.took_ms} ms`)
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

/** The Worker with a KV in which every key holds what FAULTY answers. */
const WITH_FAULTY_KV = `import edge, { Purges } from './edge.js'
export { Purges }
export default {
  fetch(request, env, context) {
    const ENTRIES = { get: async () => (await fetch(env.FAULTY)).text(), put: async () => {} }
    return edge.fetch(request, { ...env, ENTRIES }, context)
  },
}`

async function startWithKV(faulty: string): Promise<Miniflare> {
  const edge = { type: 'ESModule', path: 'edge.js', contents: await bundle() } as const
  return new Miniflare({
    host: '127.0.0.1',
    port: 0,
    modules: [{ type: 'ESModule', path: 'main.js', contents: WITH_FAULTY_KV }, edge],
    compatibilityDate: '2026-07-01',
    bindings: { ORIGIN: origin.url, ORIGIN_PATHS: '/api/', DATA_PATHS: '/api/', REQUESTS_PER_MINUTE: '1000000', FAULTY: faulty },
    durableObjects: { PURGES: { className: 'Purges', useSQLite: true } },
  })
}

test('KV: whatever befalls it, the origin is asked after its deadline', async (t) => {
  const faulty = await Origin.start()
  const worker = await startWithKV(faulty.url)
  const base = (await worker.ready).origin
  origin.answer = say(GOOD, HEADERS)
  try {
    faulty.answer = say(encode(entryOf(0, { fresh_s: 60, stale_s: 60 })), {})
    assert.equal((await get(`${base}/api/kv/well`)).text, '{"held":true}')
    for (const fault of EVERY_FAULT) {
      await t.test(fault, async () => {
        faulty.answer = FAULTS[fault](encode(entryOf(0, { fresh_s: 60, stale_s: 60 })), {})
        const told = await get(`${base}/api/kv/${encodeURIComponent(fault)}`)
        assert.equal(told.text, GOOD)
        assert.match(told.answer.headers.get('cache-status')!, /detail=origin$/)
        assert.ok(told.took_ms <= KV_MS + SPARE_MS, `${told.took_ms} ms`)
      })
    }
  } finally {
    await worker.dispose()
    faulty.stop()
  }
})

test('Upstash: whatever befalls it, the origin is asked after its deadline', async (t) => {
  const redis = await Origin.start()
  const good = JSON.stringify({ result: encode(entryOf(0, { fresh_s: 60, stale_s: 60 })) })
  const { worker, base } = await warm({ UPSTASH_REDIS_REST_URL: redis.url, UPSTASH_REDIS_REST_TOKEN: 'token' })
  try {
    for (const fault of EVERY_FAULT) {
      await t.test(fault, async () => {
        // A good answer between the faults keeps the breaker closed.
        redis.answer = say(good, {})
        assert.equal((await get(`${base}/api/well/${encodeURIComponent(fault)}`)).text, '{"held":true}')
        redis.answer = FAULTS[fault](good, {})
        const told = await get(`${base}/api/shared/${encodeURIComponent(fault)}`)
        assert.equal(told.text, GOOD)
        assert.match(told.answer.headers.get('cache-status')!, /detail=origin$/)
        assert.ok(told.took_ms <= UPSTASH_MS + SPARE_MS, `${told.took_ms} ms`)
      })
    }
  } finally {
    await worker.dispose()
    redis.stop()
  }
})
