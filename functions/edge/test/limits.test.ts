/** Limits at the edge: leases over one count, names of readers, and vouching for them to the origin. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { Buckets } from '../src/buckets.ts'
import type { Count, Grant } from '../src/count.ts'
import { Leases } from '../src/leases.ts'
import { readerOf } from '../src/reader.ts'
import { attested } from '../src/client_attestation.ts'

interface Vectors {
  secret: string
  signatures: { at: number; address: string; method: string; target: string; signature: string }[]
  readers: [string, string][]
}

const vectors = JSON.parse(readFileSync(new URL('../../../tests/vectors/edge_address.json', import.meta.url), 'utf8')) as Vectors
const N = 100
const READER = '203.0.113.7'

/** One window that never ends, counted as upstash-ratelimit counts. */
class CountInMemory implements Count {
  asked = 0
  isAway = false
  #count = 0
  readonly reset = Date.now() + 60_000

  lease(_: string, size: number): Promise<Grant | undefined> {
    this.asked += 1
    if (this.isAway) return Promise.resolve(undefined)
    if (this.#count >= N) return Promise.resolve({ granted: 0, remaining: 0, reset: this.reset })
    this.#count += size
    const left = N - this.#count
    return Promise.resolve({ granted: left >= 0 ? size : 0, remaining: Math.max(0, left), reset: this.reset })
  }
}

async function passes(leases: Leases, times: number): Promise<number> {
  let passed = 0
  for (let at = 0; at < times; at += 1) passed += (await leases.take(READER)) === 0 ? 1 : 0
  return passed
}

test('one isolate lets exactly the limit pass, and seldom asks', async () => {
  const count = new CountInMemory()
  assert.equal(await passes(new Leases(count, new Buckets(N)), 3 * N), N)
  assert.ok(count.asked <= 20, String(count.asked))
})

test('however many isolates there are, and however many ask at once, no more pass', async () => {
  const count = new CountInMemory()
  const isolates = Array.from({ length: 20 }, () => new Leases(count, new Buckets(N)))
  const asks = isolates.flatMap((isolate) => Array.from({ length: 30 }, async () => isolate.take(READER)))
  const passed = (await Promise.all(asks)).filter((wait) => wait === 0).length
  assert.ok(passed >= N / 2 && passed <= N, String(passed))
})

test('a request that has a lease waits for nothing', async () => {
  const leases = new Leases(new CountInMemory(), new Buckets(N))
  await passes(leases, 4)
  assert.equal(leases.take(READER), 0)
})

test('a refusal is believed for a while, and says when a request passes for certain', async () => {
  const count = new CountInMemory()
  const leases = new Leases(count, new Buckets(N))
  await passes(leases, 2 * N)
  const asked = count.asked
  const wait = leases.take(READER)
  assert.ok(typeof wait === 'number' && wait > 50 && wait <= 66, String(wait))
  assert.equal(count.asked, asked)
})

test('while the count is away the isolate keeps the limit for itself', async () => {
  const count = new CountInMemory()
  count.isAway = true
  assert.equal(await passes(new Leases(count, new Buckets(N)), 3 * N), N)
})

test('an address is counted under the same name as by the functions', () => {
  for (const [address, reader] of vectors.readers) assert.equal(readerOf(address), reader, address)
})

test('the signature that vouches for a reader is the one the functions verify', async (context) => {
  context.mock.timers.enable({ apis: ['Date'] })
  for (const { at, address, method, target, signature } of vectors.signatures) {
    context.mock.timers.setTime(at * 1000)
    const request = new Request('http://edge/', { method, headers: { 'cf-connecting-ip': address } })
    const told = [['x-edge-address', address], ['x-edge-signature', signature]]
    assert.deepEqual(await attested(vectors.secret, request, target), told)
    assert.deepEqual(await attested(`${vectors.secret} an-older-one`, request, target), told)
  }
})

test('nobody is attested for without a secret, or without an address', async () => {
  const known = new Request('http://edge/', { headers: { 'cf-connecting-ip': READER } })
  assert.deepEqual(await attested(undefined, known, '/'), [])
  assert.deepEqual(await attested(vectors.secret, new Request('http://edge/'), '/'), [])
})
