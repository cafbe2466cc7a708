/** For how long an answer is fresh, and how old it arrives (RFC 9111, section 4.2). */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { lifeOf, madeAt } from '../src/policy.ts'

const NOW = Date.parse('2026-11-27T12:00:00.900Z')
const DAY_S = 86_400

const before = (seconds: number) => new Date(Date.now() - 1000 * seconds).toUTCString()

function fresh(headers: Record<string, string>): number | undefined {
  const told = { Date: new Date().toUTCString(), ETag: '"a"', ...headers }
  return lifeOf(new Headers(), 200, new Headers(told))?.fresh_s
}

test('immutable says nothing of how long', () => {
  assert.equal(fresh({ 'Cache-Control': 'immutable' }), 0)
  assert.equal(fresh({ 'Cache-Control': 'public, immutable' }), 0)
  assert.equal(fresh({ 'Cache-Control': 'max-age=60, immutable' }), 60)
  assert.equal(fresh({ 'CDN-Cache-Control': 'immutable', 'Cache-Control': 'max-age=60' }), 0)
  assert.ok(Math.abs(fresh({ 'Cache-Control': 'immutable', 'Last-Modified': before(1_000) })! - 100) <= 1)
})

test('what nobody said is guessed as a tenth of the age, and at most a day', () => {
  for (const rules of ['public', 'immutable', 'stale-while-revalidate=60']) {
    assert.equal(fresh({ 'Cache-Control': rules, 'Last-Modified': before(1_000 * DAY_S) }), DAY_S)
    assert.ok(Math.abs(fresh({ 'Cache-Control': rules, 'Last-Modified': before(DAY_S) })! - DAY_S / 10) <= 1)
  }
  assert.equal(fresh({ 'Last-Modified': before(1_000 * DAY_S) }), DAY_S)
})

test('what was said holds however long it is', () => {
  assert.equal(fresh({ 'Cache-Control': `max-age=${100 * DAY_S}`, 'Last-Modified': before(1) }), 100 * DAY_S)
  assert.equal(fresh({ 'Cache-Control': `s-maxage=${100 * DAY_S}` }), 100 * DAY_S)
  const expires = before(-100 * DAY_S)
  assert.ok(Math.abs(fresh({ Expires: expires })! - 100 * DAY_S) <= 1)
})

function ageOf(headers: Record<string, string>, waited_ms = 0): number {
  return (NOW - madeAt(new Headers(headers), NOW - waited_ms, NOW)) / 1000
}

test('an answer is as old as the older of what Age and Date say', () => {
  assert.equal(ageOf({}), 0)
  assert.equal(ageOf({ Age: '30' }), 30)
  assert.equal(ageOf({ Age: '30' }, 2_000), 32)
  assert.equal(ageOf({ Date: 'Fri, 27 Nov 2026 11:00:00 GMT' }), 3_600)
  assert.equal(ageOf({ Date: 'Fri, 27 Nov 2026 11:00:00 GMT', Age: '30' }), 3_600)
  assert.equal(ageOf({ Date: 'Fri, 27 Nov 2026 11:59:50 GMT', Age: '30' }), 30)
})

test('a date of this second, of the future or that is none makes nothing old', () => {
  for (const date of ['Fri, 27 Nov 2026 12:00:00 GMT', 'Fri, 27 Nov 2026 13:00:00 GMT', 'yesterday']) assert.equal(ageOf({ Date: date }), 0)
})
