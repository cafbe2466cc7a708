import assert from 'node:assert/strict'
import { test } from 'node:test'

import { startSharing, textOf } from './clipboard.ts'
import { CARD, open, press } from './fixture.ts'

function clipboard(write: (text: string) => Promise<void>): void {
  Object.defineProperty(navigator, 'clipboard', { value: { writeText: write }, configurable: true })
}

test('a bet is copied as a sentence with the address of its match', async () => {
  open(CARD)
  startSharing(document)
  const copied = new Promise<string>((resolve) => clipboard(async (text) => resolve(text)))
  press('[data-copy]')
  assert.equal(await copied, 'A – B: home win at 2.50, Bet365\nhttps://edge.test/match/epl-2526-a-b')
})

test('a bet with a sentence of its own is copied with that', () => {
  const bet = { match: 'm', name: 'A – B', kickoff: null, outcome: 'home', book: 'B', odds: 2, edge: 0.1, fraction: 0.01, text: 'Back A.' }
  assert.equal(textOf(bet), 'Back A.')
})

test('a page is shared where the device can, and else its address is copied', async () => {
  open('<button data-share>Share</button>', 'https://edge.test/match/x')
  startSharing(document)
  const shared = new Promise<ShareData>((resolve) => Object.defineProperty(navigator, 'share', { value: async (page: ShareData) => resolve(page), configurable: true }))
  press('[data-share]')
  assert.equal((await shared).url, 'https://edge.test/match/x')
  Object.defineProperty(navigator, 'share', { value: undefined, configurable: true })
  const copied = new Promise<string>((resolve) => clipboard(async (text) => resolve(text)))
  press('[data-share]')
  assert.equal(await copied, 'https://edge.test/match/x')
})
