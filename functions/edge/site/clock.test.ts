import assert from 'node:assert/strict'
import { test } from 'node:test'

import { now } from './clock.ts'
import { open } from './fixture.ts'

test('a rehearsal stays at the instant that it speaks of', () => {
  open('', undefined, { 'data-clock': '2025-04-26T00:00:00+00:00' })
  assert.equal(now(), Date.parse('2025-04-26T00:00:00Z'))
})

test('any other page goes by the clock of the device', () => {
  open('')
  const before = Date.now()
  assert.ok(now() >= before)
})
