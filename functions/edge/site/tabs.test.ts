import assert from 'node:assert/strict'
import { test } from 'node:test'

import { open, press } from './fixture.ts'
import { showTabs } from './tabs.ts'

const PAGE = '<div data-tabs><section><h3>Result</h3>1</section><section><h3>Goals</h3>2</section><section><h3>Handicap</h3>3</section></div>'

function seen(): string[] {
  return [...document.querySelectorAll<HTMLElement>('section')].filter((each) => !each.hidden).map((each) => each.textContent)
}

test('one panel is seen at a time, the one whose tab is pressed', () => {
  showTabs(open(PAGE))
  assert.deepEqual(seen(), ['Result1'])
  press('[role=tab]:nth-child(2)')
  assert.deepEqual(seen(), ['Goals2'])
  assert.deepEqual([...document.querySelectorAll('[role=tab]')].map((tab) => tab.getAttribute('aria-selected')), ['false', 'true', 'false'])
})

test('arrows, Home and End move between tabs', () => {
  showTabs(open(PAGE))
  const to = (key: string) => document.activeElement!.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))
  document.querySelector<HTMLElement>('[role=tab]')!.focus()
  to('ArrowLeft')
  assert.deepEqual(seen(), ['Handicap3'])
  to('ArrowRight')
  to('ArrowRight')
  assert.deepEqual(seen(), ['Goals2'])
  to('End')
  assert.deepEqual(seen(), ['Handicap3'])
  assert.equal(document.activeElement!.textContent, 'Handicap')
})

test('a single part stays as it is, and tabs are made once', () => {
  const main = open('<div data-tabs><section><h3>Result</h3>1</section></div>')
  showTabs(main)
  assert.equal(main.querySelector('[role=tablist]'), null)
  main.innerHTML = PAGE
  showTabs(main)
  showTabs(main)
  assert.equal(main.querySelectorAll('[role=tab]').length, 3)
})
