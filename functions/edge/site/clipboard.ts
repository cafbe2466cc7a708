/** Copying a bet, sharing a page. */

import { betOf, type Bet } from './bet.ts'
import { onClick } from './clicks.ts'
import { words } from './words.ts'

/** Copies the bet of whichever card of `page` says "copy bet", and shares the page. */
export function startSharing(page: Document): void {
  onClick(page, '[data-copy]', (button) => {
    const bet = betOf(button)
    if (bet !== undefined) void copy(`${textOf(bet)}\n${addressOf(bet)}`, button)
  })
  onClick(page, '[data-share]', (button) => void share(button))
}

export function textOf(bet: Bet): string {
  return bet.text ?? words.bet(bet.name, words.outcomes[bet.outcome] ?? bet.outcome, bet.odds.toFixed(2), bet.book)
}

function addressOf(bet: Bet): string {
  return new URL(`/match/${encodeURIComponent(bet.match)}`, location.href).href
}

async function share(button: HTMLButtonElement): Promise<void> {
  const page = { title: document.title, url: location.href }
  if (typeof navigator.share !== 'function') return copy(page.url, button)
  try {
    await navigator.share(page)
  } catch (error) {
    // Whoever closes the sheet has not failed.
    if (!(error instanceof DOMException && error.name === 'AbortError')) await copy(page.url, button)
  }
}

async function copy(text: string, button: HTMLButtonElement): Promise<void> {
  const before = button.dataset.label ?? button.textContent
  button.dataset.label = before
  try {
    await navigator.clipboard.writeText(text)
    button.textContent = words.copied
  } catch (error) {
    console.info(`copying: ${String(error)}`)
    button.textContent = words.notCopied
  }
  setTimeout(() => (button.textContent = before), 2_000)
}
