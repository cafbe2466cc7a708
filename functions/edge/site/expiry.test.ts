import assert from 'node:assert/strict'
import { test } from 'node:test'

import { expire } from './expiry.ts'
import { open, textOf } from './fixture.ts'

const [BEFORE, AT, AFTER] = ['2025-11-28T11:00:00Z', '2025-11-28T12:00:00Z', '2025-11-28T13:00:00Z'].map((each) => Date.parse(each))
const CARD = '<article data-expires="2025-11-28T12:00:00Z" data-expired-text="No current price." data-bet="{}"><h3>Home</h3><dl>2.50</dl></article>'

test('a price is there until its end and not from then on', () => {
  const main = open(CARD)
  assert.equal(expire(main, BEFORE!), AT)
  assert.match(textOf('article'), /2\.50/)
  assert.equal(expire(main, AT!), Infinity)
  assert.equal(textOf('article'), 'HomeNo current price.')
  assert.equal(document.querySelector('article')!.className, 'expired')
  assert.equal(document.querySelector('[data-bet]'), null)
})

test('value is gone at kick-off', () => {
  const main = open('<section data-until-kickoff="2025-11-28T12:00:00Z">Value</section>')
  assert.equal(expire(main, BEFORE!), AT)
  expire(main, AFTER!)
  assert.equal(main.children.length, 0)
})
