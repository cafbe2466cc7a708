import assert from 'node:assert/strict'
import { test } from 'node:test'

import { groupByDay } from './days.ts'
import { DAY, open, ROW } from './fixture.ts'

const PAGE =
  DAY('2025-11-28', ROW('early', '2025-11-28T01:00:00Z', 'a b') + ROW('late', '2025-11-28T20:00:00Z', 'c d') + ROW('unknown', '', 'e f')) +
  DAY('2025-11-30', ROW('sunday', '2025-11-30T14:00:00Z', 'g h'))

function days(main: HTMLElement): Record<string, string[]> {
  const sections = [...main.querySelectorAll<HTMLElement>('section.day')]
  return Object.fromEntries(sections.map((day) => [day.dataset.day, [...day.querySelectorAll<HTMLElement>('.row')].map((row) => row.dataset.match!)]))
}

test('east of us late matches are on the next day', () => {
  const main = open(PAGE)
  groupByDay(main, { language: 'en', zone: 'Asia/Tokyo' })
  assert.deepEqual(days(main), { '2025-11-28': ['early', 'unknown'], '2025-11-29': ['late'], '2025-11-30': ['sunday'] })
  assert.equal(main.querySelector('[data-day="2025-11-29"] time')?.getAttribute('datetime'), '2025-11-29')
})

test('west of us early matches are on the day before, and the days stay in order', () => {
  const main = open(PAGE)
  groupByDay(main, { language: 'en', zone: 'Pacific/Honolulu' })
  assert.deepEqual(days(main), { '2025-11-27': ['early'], '2025-11-28': ['late', 'unknown'], '2025-11-30': ['sunday'] })
  assert.deepEqual(Object.keys(days(main)), ['2025-11-27', '2025-11-28', '2025-11-30'])
})

test('a day that nothing is left of is gone, and rows stand by kick-off', () => {
  const main = open(DAY('2025-11-28', ROW('a', '2025-11-28T23:00:00Z', 'a b')) + DAY('2025-11-29', ROW('b', '2025-11-29T01:00:00Z', 'c d')))
  groupByDay(main, { language: 'en', zone: 'Asia/Tokyo' })
  assert.deepEqual(days(main), { '2025-11-29': ['a', 'b'] })
})

test('in Greenwich nothing moves', () => {
  const main = open(PAGE)
  const before = main.innerHTML
  groupByDay(main, { language: 'en', zone: 'UTC' })
  assert.equal(main.innerHTML, before)
})
