/** A thousand readers at once, and an origin that fails for hours: one call a key, nobody waits for it, ages stay true. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import type { Miniflare } from 'miniflare'

import { encode } from '../src/entry.ts'
import { away, Origin } from './origin.ts'
import { Reader } from './reader.ts'
import { start } from './worker.ts'

const CROWD = 1_000
const FRESH = { 'Cache-Control': 'max-age=60', 'CDN-Cache-Control': 'max-age=300, stale-while-revalidate=600' }
const HOUR_S = 3_600

let origin: Origin
let worker: Miniflare
let reader: Reader
before(async () => {
  origin = await Origin.start()
  worker = await start(origin.url)
  reader = new Reader((await worker.ready).origin, CROWD)
})
after(async () => {
  reader.stop()
  await worker.dispose()
  origin.stop()
})

/** Puts an entry made `age_s` ago into KV; fresh for a minute, stale for six hours. */
async function publish(path: string, age_s: number): Promise<void> {
  const stored_at = Date.now() - 1000 * age_s
  const times = { stored_at, fresh_until: stored_at + 60_000, stale_until: stored_at + 6 * HOUR_S * 1000 }
  const entry = { status: 200, headers: [['etag', '"held"']] as const, body: new TextEncoder().encode('held'), tags: [], ...times }
  await (await worker.getKVNamespace('ENTRIES')).put(`sabiscore:1:entry:${path}`, encode(entry))
}

const crowd = (path: string) => Array.from({ length: CROWD }, () => reader.ask(path))

/** An origin that holds its answers back until `let` is called. */
function held(): { let: () => void } {
  const waiting: (() => void)[] = []
  let isOpen = false
  origin.asked = []
  origin.answer = (_, response) => {
    const answer = () => response.writeHead(200, FRESH).end('new')
    if (isOpen) answer()
    else waiting.push(answer)
  }
  return {
    let: () => {
      isOpen = true
      for (const answer of waiting) answer()
    },
  }
}

test('a thousand readers of a stale answer: nobody waits, and there is one refresh', async () => {
  await publish('/api/crowd/stale', 120)
  await reader.ask('/api/crowd/other')
  const gate = held()
  // The origin answers nobody before all have their answer.
  for (const seen of await Promise.all(crowd('/api/crowd/stale'))) {
    assert.equal(seen.bytes.toString(), 'held')
    assert.ok(Math.abs(Number(seen.headers.age) - 120) <= 60)
  }
  assert.equal(origin.asks('/api/crowd/stale'), 1)
  gate.let()
})

test('a thousand readers of a cold answer make one call', async () => {
  const gate = held()
  const readers = crowd('/api/crowd/cold')
  while (origin.asks('/api/crowd/cold') === 0) await new Promise(setImmediate)
  gate.let()
  for (const seen of await Promise.all(readers)) assert.equal(seen.bytes.toString(), 'new')
  assert.equal(origin.asks('/api/crowd/cold'), 1)
})

test('readers who wait for a call that fails get its failure and make no calls of their own', async () => {
  origin.asked = []
  const breaking: (() => void)[] = []
  origin.answer = (request) => breaking.push(() => request.socket.destroy())
  const readers = Array.from({ length: 100 }, () => reader.ask('/api/crowd/dead'))
  // Some answer that comes after all of them have arrived.
  await Promise.all(Array.from({ length: 100 }, () => reader.ask('/icon.svg')))
  for (const each of breaking) each()
  origin.answer = away
  for (const seen of await Promise.all(readers)) assert.equal(seen.status, 503)
  // The runtime itself asks once more when a connection breaks before any answer.
  assert.ok(origin.asks('/api/crowd/dead') <= 4, String(origin.asks('/api/crowd/dead')))
})

test('while refreshes fail for hours the last good copy is served with its age, then 503 at its end', async () => {
  origin.answer = away
  for (const hours of [1, 2, 5, 5.99]) {
    await publish(`/api/hours/${hours}`, hours * HOUR_S)
    for (let again = 0; again < 3; again += 1) {
      const seen = await reader.ask(`/api/hours/${hours}`)
      assert.equal(seen.status, 200)
      assert.ok(Math.abs(Number(seen.headers.age) - hours * HOUR_S) <= 10, String(seen.headers.age))
    }
  }
  for (const hours of [6.01, 24]) {
    await publish(`/api/hours/${hours}`, hours * HOUR_S)
    const seen = await reader.ask(`/api/hours/${hours}`)
    assert.equal(seen.status, 503)
    assert.equal(seen.headers['content-type'], 'application/problem+json')
  }
})
