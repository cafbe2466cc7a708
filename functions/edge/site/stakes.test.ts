import assert from 'node:assert/strict'
import { test } from 'node:test'

import { CARD, open, textOf, type } from './fixture.ts'
import { numberOf, showStakes, stakeOf } from './stakes.ts'

const FORM = '<form data-bankroll hidden><input name="bankroll"><select name="currency"><option>EUR</option><option>GBP</option></select></form>'
const british = { language: 'en-GB' }

test('a bankroll gives every card its stake, and is there the next time', () => {
  const main = open(FORM + CARD)
  showStakes(main, british)
  assert.equal(document.querySelector('form')!.hidden, false)
  assert.equal(textOf('[data-stake]'), '')
  type('[name=currency]', 'GBP', 'change')
  type('[name=bankroll]', '1,000')
  assert.equal(textOf('[data-stake]'), '£12.50 of your bankroll')
  main.querySelector<HTMLInputElement>('[name=bankroll]')!.value = ''
  showStakes(main, british)
  assert.equal(main.querySelector<HTMLInputElement>('[name=bankroll]')!.value, '1000')
})

test('what is no amount gives no stake, and says so', () => {
  const main = open(FORM + CARD)
  showStakes(main, british)
  type('[name=bankroll]', 'much')
  assert.equal(textOf('[data-stake]'), '')
  assert.equal(document.querySelector('[name=bankroll]')!.getAttribute('aria-invalid'), 'true')
})

test('amounts are read as people write them', () => {
  assert.deepEqual(['1 250,50', '1250.5', '1,250.50', '1.250,50', '1’250', '12,5', '7'].map(numberOf), [1250.5, 1250.5, 1250.5, 1250.5, 1250, 12.5, 7])
  assert.deepEqual(['', '-5', 'x', '0', '1e3', '99999999999'].map(numberOf), Array(6).fill(undefined))
})

test('a stake is rounded down', () => {
  assert.equal(stakeOf({ amount: 333, currency: 'EUR' }, 0.0123), 4.09)
})
