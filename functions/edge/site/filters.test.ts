import assert from 'node:assert/strict'
import { test } from 'node:test'

import { showStars } from './favourites.ts'
import { filter, showFilters } from './filters.ts'
import { DAY, open, press, ROW, type } from './fixture.ts'

const FORM = `<form><input type="search" data-search><label data-favourites-label hidden><input type="checkbox" data-only-favourites></label>
  <button data-without-scripts>Show</button></form><p data-empty hidden>None</p>`
const ROWS = DAY('2025-11-28', ROW('1', '', 'arsenal chelsea arsenal chelsea')) + DAY('2025-11-29', ROW('2', '', 'atletico betis atlético madrid real betis'))

function seen(): string[] {
  return [...document.querySelectorAll<HTMLElement>('.row')].filter((row) => row.closest('[hidden]') === null).map((row) => row.dataset.match!)
}

test('a search finds teams with or without their accents, and stands in the address', () => {
  showFilters(open(FORM + ROWS))
  type('[data-search]', 'Atletico BETIS')
  assert.deepEqual(seen(), ['2'])
  assert.equal(document.querySelector<HTMLElement>('[data-day="2025-11-28"]')!.hidden, true)
  assert.equal(new URL(location.href).searchParams.get('q'), 'Atletico BETIS')
  type('[data-search]', 'nobody')
  assert.deepEqual(seen(), [])
  assert.equal(document.querySelector<HTMLElement>('[data-empty]')!.hidden, false)
  type('[data-search]', '')
  assert.deepEqual(seen(), ['1', '2'])
  assert.equal(location.search, '')
})

test('an address opens with its search', () => {
  showFilters(open(FORM + ROWS, 'https://edge.test/?league=epl&q=chelsea'))
  assert.deepEqual(seen(), ['1'])
  type('[data-search]', 'betis')
  assert.equal(location.search, '?league=epl&q=betis')
})

test('only favourites are those that were starred, and the choice outlives the page', () => {
  const main = open(`${FORM}${ROWS}<button data-star="team:betis" aria-pressed="false" hidden>Betis</button>`)
  showStars(main, () => filter(main))
  showFilters(main)
  press('[data-star]')
  assert.equal(document.querySelector('[data-star]')!.getAttribute('aria-pressed'), 'true')
  press('[data-only-favourites]')
  assert.deepEqual(seen(), ['2'])
  assert.equal(location.search, '?mine=1')
  press('[data-star]')
  assert.deepEqual(seen(), [])
})

test('what only helps without scripts is hidden, and what needs them shown', () => {
  showFilters(open(FORM + ROWS))
  assert.equal(document.querySelector<HTMLElement>('[data-without-scripts]')!.hidden, true)
  assert.equal(document.querySelector<HTMLElement>('[data-favourites-label]')!.hidden, false)
})

test('what the server found by another name of the team stays', () => {
  showFilters(open(FORM.replace('data-search', 'value="the gunners" data-search') + ROWS))
  assert.deepEqual(seen(), ['1', '2'])
  type('[data-search]', 'chelsea')
  assert.deepEqual(seen(), ['1'])
})
