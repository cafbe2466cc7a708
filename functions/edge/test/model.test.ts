/** The edge model in workerd, and what it says of the pairings that the functions were asked about. */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, before, beforeEach, test } from 'node:test'

import type { Miniflare } from 'miniflare'

import { EdgeModel } from '../model/insight.ts'
import { keyOf, POINTER } from '../model/kept.ts'
import { BadModel, Packed } from '../model/packed.ts'
import { pairing, slug } from '../model/pairing.ts'
import { run } from '../local/worker.ts'
import { Origin, say } from './origin.ts'
import { signed } from './signed.ts'
import { SECRET, start } from './worker.ts'

type Document = { readonly [name: string]: unknown }

interface Answers {
  readonly at: number
  readonly answers: readonly { readonly asked: readonly [league: string, home: string, away: string]; readonly document: Document }[]
}

const TOLERANCE = 1e-6
const VECTORS = new URL('../../../tests/vectors/', import.meta.url)
const ASSET = readFileSync(new URL('edge_model.bin', VECTORS))
const BYTES = ASSET.buffer.slice(ASSET.byteOffset, ASSET.byteOffset + ASSET.byteLength) as ArrayBuffer
const SHARED = JSON.parse(readFileSync(new URL('edge_model.json', VECTORS), 'utf8')) as Answers
const SHA256 = createHash('sha256').update(ASSET).digest('hex')

let origin: Origin
let worker: Miniflare
let base: string

before(async () => {
  origin = await Origin.start()
  worker = await run({ bindings: { ORIGIN: origin.url, EDGE_SECRET: SECRET }, entry: 'model/index.ts', config: 'model/wrangler.jsonc' })
  base = (await worker.ready).origin
})
beforeEach(() => {
  origin.asked = []
  origin.answer = say('{"by":"the functions"}', { 'content-type': 'application/json' })
})
after(async () => {
  await worker.dispose()
  origin.stop()
})

/** A copy whose pairings are of today, with the numbers as they are. */
function ofToday(): Buffer {
  const length = ASSET.readUInt32LE(4)
  const today = new Date().toISOString()
  const { header } = new Packed(BYTES)
  const text = JSON.stringify({ ...header, day: today.slice(0, 10), as_of: today })
  const padded = Buffer.from(text + ' '.repeat((8 - ((Buffer.byteLength(text) + 8) % 8)) % 8))
  const prefix = Buffer.from(ASSET.subarray(0, 8))
  prefix.writeUInt32LE(padded.length, 4)
  return Buffer.concat([prefix, padded, ASSET.subarray(8 + length)])
}

const shaOf = (model: Buffer) => createHash('sha256').update(model).digest('hex')

function upload(model: Buffer, headers: Record<string, string> = signed(shaOf(model), crypto.randomUUID())): Promise<Response> {
  return fetch(`${base}/edge/model`, { method: 'POST', body: new Uint8Array(model), headers })
}

function ask(asked: unknown, at = base): Promise<Response> {
  return fetch(`${at}/api/v1/insights`, { method: 'POST', body: JSON.stringify(asked), headers: { 'content-type': 'application/json' } })
}

/** The largest difference of two numbers at the same place; infinite where anything else differs. */
function difference(ours: unknown, theirs: unknown): number {
  if (typeof ours === 'number' && typeof theirs === 'number') return Math.abs(ours - theirs)
  if (typeof ours !== 'object' || typeof theirs !== 'object' || ours === null || theirs === null) return ours === theirs ? 0 : Infinity
  const names = Object.keys(ours).sort()
  if (JSON.stringify(names) !== JSON.stringify(Object.keys(theirs).sort())) return Infinity
  return Math.max(0, ...names.map((name) => difference((ours as Document)[name], (theirs as Document)[name])))
}

const words = ([, home, away]: readonly [string, string, string]) => `${home} vs ${away}`

test('documents are those that the functions made of the same states and the same bundle', () => {
  const model = new EdgeModel(BYTES)
  assert.ok(SHARED.answers.length > 2)
  for (const { asked, document } of SHARED.answers) {
    const found = model.pairing(words(asked), asked[0], SHARED.at)
    assert.ok(found !== undefined, words(asked))
    assert.ok(difference(model.insight(found, SHARED.at), document) <= TOLERANCE, words(asked))
  }
})

test('goals that are certain leave no score, with the reason; those that are no probability leave no document', () => {
  const { asked } = SHARED.answers[0]!
  const biased = (bias: number) => {
    const bytes = BYTES.slice(0)
    new Packed(bytes).array('totals_bias', 'float64').fill(bias)
    return new EdgeModel(bytes)
  }
  for (const bias of [-1e4, 1e4]) {
    const model = biased(bias)
    const document = model.insight(model.pairing(words(asked), asked[0], SHARED.at)!, SHARED.at)
    assert.equal(document.goals, null)
    assert.match((document.unknown as Document).goals as string, /no score follows/)
  }
  const model = biased(NaN)
  assert.throws(() => model.insight(model.pairing(words(asked), asked[0], SHARED.at)!, SHARED.at), BadModel)
})

test('what is scheduled, over or in doubt is for the functions', () => {
  const model = new EdgeModel(BYTES)
  const { asked } = SHARED.answers[0]!
  const [league, , away] = asked
  const { teams, scheduled } = model.header.leagues[league]!
  const [home, guest] = scheduled[0]!
  assert.equal(model.pairing(`${teams[home]!.key} vs ${teams[guest]!.key}`, league, SHARED.at), undefined)
  assert.equal(model.pairing(words(asked), league, SHARED.at + 86_400_000), undefined)
  for (const text of [`nobody vs ${away}`, `${away} vs ${away}`, away, `${words(asked)} vs ${away}`, `constructor vs ${away}`, '']) {
    assert.equal(model.pairing(text, league, SHARED.at), undefined, text)
  }
  assert.equal(model.pairing(words(asked), 'no-such-league', SHARED.at), undefined)
})

test('a word for teams of two leagues is decided by the other team, or not at all', () => {
  const known = { both: [['a', 0], ['b', 0]], other: [['b', 1]], twin: [['a', 2], ['b', 2]] } as const
  assert.deepEqual(pairing('Both v. Other', null, known), { league: 'b', home: 0, away: 1 })
  assert.equal(pairing('Both v. Twin', null, known), undefined)
  assert.deepEqual(pairing('Both v. Twin', 'a', known), { league: 'a', home: 0, away: 2 })
})

test('slugs are those of Python', () => {
  assert.deepEqual(["Nott'm Forest", 'St. Pauli', 'Süper Lig', 'Fenerbahçe', 'Łódź'].map(slug), ['nottm-forest', 'st-pauli', 'super-lig', 'fenerbahce', 'lodz'])
})

test('bytes of another kind are refused', () => {
  for (const bytes of [new ArrayBuffer(0), new ArrayBuffer(64), new TextEncoder().encode('SSEM\x02\0\0\0{}------').buffer as ArrayBuffer]) {
    assert.throws(() => new EdgeModel(bytes), BadModel)
  }
})

test('without a model every request is passed on as it is', async () => {
  const answer = await ask({ matchup: words(SHARED.answers[0]!.asked) })
  assert.deepEqual(await answer.json(), { by: 'the functions' })
  assert.equal(answer.headers.get('computed-by'), null)
  const other = await fetch(`${base}/api/v1/matches?league=epl`, { headers: { 'if-none-match': '"a"' } })
  assert.equal(other.status, 200)
  assert.deepEqual(origin.asked.map((request) => request.url), ['/api/v1/insights', '/api/v1/matches?league=epl'])
  assert.equal(origin.asked[1]!.headers['if-none-match'], '"a"')
})

test('only a signed model is stored, and none in place of a newer one', async () => {
  assert.equal((await upload(ASSET, {})).status, 401)
  assert.equal((await upload(ASSET, signed('another', 'a'))).status, 401)
  const torn = Buffer.from(ASSET.subarray(0, 64))
  assert.equal((await upload(torn)).status, 400)
  assert.equal((await fetch(`${base}/edge/model`)).status, 405)
  const store = await worker.getKVNamespace('MODELS')
  assert.equal(await store.get(POINTER), null)
  const today = ofToday()
  assert.deepEqual(await (await upload(today)).json(), { model: shaOf(today) })
  assert.equal((await upload(ASSET)).status, 409)
  assert.equal(((await store.get(POINTER, 'json')) as { sha256: string }).sha256, shaOf(today))
  assert.ok((await store.get(keyOf(shaOf(today)), 'arrayBuffer'))!.byteLength > 100_000)
  assert.equal(await store.get(keyOf(SHA256)), null)
})

test('behind the Worker in front, a pairing is answered without the functions', async () => {
  const behind = await run({ bindings: { ORIGIN: origin.url, EDGE_SECRET: SECRET }, entry: 'model/index.ts', config: 'model/wrangler.jsonc' })
  const front = await start((await behind.ready).origin)
  try {
    const model = ofToday()
    const { origin: at } = await behind.ready
    await fetch(`${at}/edge/model`, { method: 'POST', body: new Uint8Array(model), headers: signed(shaOf(model), 'b') })
    const { asked, document } = SHARED.answers[0]!
    const answer = await ask({ matchup: words(asked), league: asked[0] }, (await front.ready).origin)
    assert.equal(answer.status, 200)
    assert.match(answer.headers.get('computed-by') ?? '', /^edge-model\/\d+\.\d+\.\d+$/)
    assert.equal(answer.headers.get('content-type'), 'application/json')
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    const found = (await answer.json()) as Document
    assert.ok(difference(found.probabilities, document.probabilities) <= TOLERANCE)
    assert.ok(difference(found.goals, document.goals) <= TOLERANCE)
    assert.equal(origin.asked.length, 0)
    const strange = await ask({ matchup: words(asked), league: asked[0], day: 'today' }, (await front.ready).origin)
    assert.deepEqual(await strange.json(), { by: 'the functions' })
    assert.equal(origin.asked.length, 1)
  } finally {
    await front.dispose()
    await behind.dispose()
  }
})

test('a model that cannot be used leaves the functions to answer', async () => {
  const other = await run({ bindings: { ORIGIN: origin.url }, entry: 'model/index.ts', config: 'model/wrangler.jsonc' })
  try {
    const store = await other.getKVNamespace('MODELS')
    await store.put(POINTER, JSON.stringify({ sha256: SHA256, as_of: '2015-01-01T00:00:00Z' }))
    await store.put(keyOf(SHA256), 'not the model')
    const answer = await ask({ matchup: words(SHARED.answers[0]!.asked) }, (await other.ready).origin)
    assert.deepEqual(await answer.json(), { by: 'the functions' })
  } finally {
    await other.dispose()
  }
})
