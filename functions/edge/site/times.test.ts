import assert from 'node:assert/strict'
import { test } from 'node:test'

import { open } from './fixture.ts'
import { localeOf } from './locale.ts'
import { ageOf, dayOf, explainTimes, showTimes, shown } from './times.ts'

const KICKOFF = '2025-11-28T15:00:00Z'
const NOW = Date.parse('2025-11-28T12:00:00Z')
const tokyo = { language: 'en-GB', zone: 'Asia/Tokyo' }
const honolulu = { language: 'en-GB', zone: 'Pacific/Honolulu' }

test('a kick-off is shown in the zone of the reader', () => {
  assert.equal(shown(KICKOFF, 'time', tokyo, NOW), '00:00')
  assert.equal(shown(KICKOFF, 'time', honolulu, NOW), '05:00')
  assert.equal(dayOf(Date.parse(KICKOFF), tokyo), '2025-11-29')
  assert.equal(dayOf(Date.parse(KICKOFF), honolulu), '2025-11-28')
  assert.match(shown(KICKOFF, 'datetime', tokyo, NOW)!, /Sat.*29 Nov.*00:00/)
})

test('a day without an hour is the same day everywhere', () => {
  for (const zone of ['Pacific/Honolulu', 'Asia/Tokyo', 'America/Sao_Paulo']) {
    assert.match(shown('2025-12-05', 'day', { language: 'en-GB', zone }, NOW)!, /Friday 5 December/)
  }
})

test('days near now are named', () => {
  assert.equal(shown('2025-11-28', 'day', tokyo, NOW), 'Today, Friday 28 November')
  assert.equal(shown('2025-11-29', 'day', tokyo, NOW), 'Tomorrow, Saturday 29 November')
  assert.equal(shown('2025-11-27', 'day', tokyo, NOW), 'Yesterday, Thursday 27 November')
})

test('ages are in the largest unit that fits', () => {
  const age = (ms: number) => ageOf(NOW - ms, tokyo, NOW)
  assert.deepEqual([10_000, 4 * 60_000, 3 * 3_600_000, 3 * 86_400_000].map(age), ['just now', '4 min ago', '3 hr ago', '3 days ago'])
})

test('every time of a page is rewritten, and what is no time is left', () => {
  const main = open(`<time datetime="${KICKOFF}" data-show="time">15:00</time><time datetime="soon" data-show="time">soon</time><time datetime="${KICKOFF}">x</time>`)
  showTimes(main, tokyo, NOW)
  const [first, second, third] = main.querySelectorAll('time')
  assert.equal(first!.textContent, '00:00')
  assert.equal(second!.textContent, 'soon')
  assert.equal(third!.textContent, 'x')
})

test('a time that is pointed at has its exact moment as title', () => {
  const main = open(`<time datetime="${KICKOFF}" data-show="time">15:00</time><time datetime="2025-11-28" data-show="day">x</time>`)
  explainTimes(document, tokyo)
  const [first, second] = main.querySelectorAll('time')
  assert.equal(first!.title, '')
  for (const time of [first!, second!]) time.dispatchEvent(new Event('pointerover', { bubbles: true }))
  assert.match(first!.title, /29 November 2025.*\(Asia\/Tokyo\)/)
  assert.equal(second!.title, '', 'a day has no moment')
})

test('the language is the page’s, in the variant that the reader prefers', () => {
  assert.equal(localeOf('en', ['de-DE', 'en-NZ']).language, 'en-NZ')
  assert.equal(localeOf('en', ['de-DE']).language, 'en')
})
