import assert from 'node:assert/strict'
import { test } from 'node:test'

import { open, press } from './fixture.ts'
import { showSwitches } from './switches.ts'

test('odds are hidden and shown again, and the choice is kept', () => {
  showSwitches(open('<button data-switch="odds" hidden>Hide odds</button>'))
  const button = document.querySelector<HTMLElement>('[data-switch]')!
  assert.equal(button.hidden, false)
  press('[data-switch]')
  assert.equal(document.documentElement.dataset.odds, 'hidden')
  assert.equal(button.getAttribute('aria-pressed'), 'true')
  assert.equal(localStorage.getItem('odds'), 'hidden')
  press('[data-switch]')
  assert.equal(document.documentElement.dataset.odds, 'shown')
  assert.equal(localStorage.getItem('odds'), 'shown')
})

test('the theme begins as the device has it', () => {
  showSwitches(open('<button data-switch="theme" hidden>Theme</button>'))
  const isDark = matchMedia('(prefers-color-scheme: dark)').matches
  press('[data-switch]')
  assert.equal(document.documentElement.dataset.theme, isDark ? 'light' : 'dark')
  press('[data-switch]')
  assert.equal(document.documentElement.dataset.theme, isDark ? 'dark' : 'light')
})
