import assert from 'node:assert/strict'
import { test } from 'node:test'

import { CARD, open, press, textOf } from './fixture.ts'
import { keep } from './kept.ts'
import { listBets, ownBets, markPlaced, startPlacing, type Settled } from './own_bets.ts'
import { settledIn } from './settled.ts'

const LIST = `<p data-no-bets>None</p><div data-bets-table><table><tbody data-bets></tbody></table></div><p data-bets-sum></p>
  <template id="bet-row"></template>`
const ROW = '<tr><th><a data-name></a></th><td data-outcome></td><td data-odds-of></td><td data-stake-of></td><td data-result></td><td data-return></td><td><button data-remove>Remove</button></td></tr>'
const british = { language: 'en-GB' }
const open_still = async () => undefined
const won = async (): Promise<Settled> => ({ goals: [2, 1], close: [0.42, 0.3, 0.28] })

function placed(): HTMLElement {
  const main = open(CARD + LIST)
  main.querySelector('template')!.innerHTML = ROW // the light DOM loses a row inside a page's text
  keep('bankroll', { amount: 1000, currency: 'EUR' })
  keep('bets', [])
  startPlacing(document)
  press('[data-place]')
  return main
}

test('a placed bet is kept with its stake, and cannot be placed twice', () => {
  const main = placed()
  assert.deepEqual(ownBets().map(({ match, stake, currency }) => [match, stake, currency]), [['epl-2526-a-b', 12.5, 'EUR']])
  assert.equal(document.querySelector<HTMLButtonElement>('[data-place]')!.disabled, true)
  main.innerHTML = CARD
  markPlaced(main)
  assert.equal(document.querySelector<HTMLButtonElement>('[data-place]')!.disabled, true)
})

test('an open bet is listed as open', async () => {
  await listBets(placed(), british, open_still)
  assert.deepEqual(['[data-name]', '[data-outcome]', '[data-odds-of]', '[data-result]', '[data-bets-sum]'].map((each) => textOf(`[data-bets] ${each}`) || textOf(each)), [
    'A – B', 'home win', '2.50, Bet365', 'Open', '1 bet, 0 settled.',
  ])
  assert.equal(document.querySelector('[data-bets] a')!.getAttribute('href'), '/match/epl-2526-a-b')
})

test('a settled bet has its result, its return and its closing-line value', async () => {
  await listBets(placed(), british, won)
  assert.equal(textOf('[data-bets] [data-result]'), 'Won, 2–1; +5% against the close')
  assert.equal(textOf('[data-bets] [data-return]'), '€18.75')
  assert.equal(textOf('[data-bets-sum]'), '1 bet, 1 settled: €18.75.')
})

test('a bet is removed, and then there is none', async () => {
  await listBets(placed(), british, open_still)
  press('[data-remove]')
  assert.deepEqual(ownBets(), [])
  assert.equal(document.documentElement.dataset.bets, 'none')
})

test('what somebody else wrote there is no record', () => {
  open('')
  keep('bets', [{ match: 1 }])
  assert.deepEqual(ownBets(), [])
})

test('the ledger says what became of a match', () => {
  const page = { entries: [{ entry: { kind: 'sealed' } }, { entry: { kind: 'settled', goals: [0, 3], close: null } }] }
  assert.deepEqual(settledIn(page), { goals: [0, 3], close: null })
  assert.equal(settledIn({ entries: [{ entry: { kind: 'sealed' } }] }), undefined)
  assert.equal(settledIn('no'), undefined)
})

test('a bet that comes to the page later is placed once', () => {
  const main = placed()
  keep('bets', [])
  main.innerHTML = CARD
  press('[data-place]')
  assert.equal(ownBets().length, 1)
})
