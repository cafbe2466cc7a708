/** Prices that are too old to be taken are struck from view, and value is gone at kick-off. */

import { words } from './words.ts'

/** Applies to everything below `root` what has passed by `now`; the instant at which something passes next. */
export function expire(root: ParentNode, now: number): number {
  let next = Infinity
  for (const block of root.querySelectorAll<HTMLElement>('[data-until-kickoff]')) {
    const at = Date.parse(block.dataset.untilKickoff!)
    if (at <= now) block.remove()
    else if (at < next) next = at
  }
  for (const block of root.querySelectorAll<HTMLElement>('[data-expires]:not(.expired)')) {
    const at = Date.parse(block.dataset.expires!)
    if (at <= now) strike(block)
    else if (at < next) next = at
  }
  return next
}

/** The heading stays, so that one sees what had a price. */
function strike(block: HTMLElement): void {
  const heading = block.querySelector('h2, h3')
  const sentence = document.createElement('p')
  sentence.textContent = block.dataset.expiredText ?? words.noCurrentPrice
  block.replaceChildren(...(heading === null ? [] : [heading]), sentence)
  block.classList.add('expired')
  delete block.dataset.bet
}
