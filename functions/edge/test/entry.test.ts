/** The TypeScript reader of entries agrees with the Python one on every vector. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { BadEntry, decode, encode, type Entry } from '../src/entry.ts'
import { entryKey, targetOf } from '../src/key.ts'

interface Good extends Omit<Entry, 'body'> {
  name: string
  text: string
  body_hex: string
}

const file = new URL('../../../tests/vectors/entries.json', import.meta.url)
const vectors = JSON.parse(readFileSync(file, 'utf8')) as { good: Good[]; bad: { name: string; text: string }[] }

for (const { name, text, body_hex, ...told } of vectors.good) {
  test(`reads and writes: ${name}`, () => {
    const { body, ...read } = decode(text)
    assert.equal(Buffer.from(body).toString('hex'), body_hex)
    assert.deepEqual({ ...read, headers: read.headers.map((pair) => [...pair]) }, told)
    assert.equal(encode({ ...told, body }), text)
  })
}

for (const { name, text } of vectors.bad) {
  test(`refuses: ${name}`, () => assert.throws(() => decode(text), BadEntry))
}

test('there are vectors of both kinds', () => assert.ok(vectors.good.length > 2 && vectors.bad.length > 10))

test('a target is the path and the sorted query, as in Python', async () => {
  assert.equal(targetOf(new URL('http://x/api/v1/matches?to=2025-08-30&&league=epl')), '/api/v1/matches?league=epl&to=2025-08-30')
  assert.equal(await entryKey('/api/v1/leagues'), 'sabiscore:1:entry:/api/v1/leagues')
  const long = await entryKey(`/${'a'.repeat(400)}`)
  assert.match(long, /^sabiscore:1:entry:sha256:[0-9a-f]{64}$/)
})
