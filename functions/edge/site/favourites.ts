/** Teams and leagues that a reader follows, like `team:arsenal`. */

import { isTexts, keep, kept } from './kept.ts'

const NAME = 'favourites'
const MOST = 200

export function favourites(): ReadonlySet<string> {
  return new Set(kept(NAME, isTexts, []))
}

/** Shows the stars below `root`, and calls `changed` when one is pressed. */
export function showStars(root: ParentNode, changed: () => void): void {
  const followed = favourites()
  for (const star of root.querySelectorAll<HTMLButtonElement>('[data-star]')) {
    star.hidden = false
    star.setAttribute('aria-pressed', String(followed.has(star.dataset.star!)))
    star.addEventListener('click', () => {
      star.setAttribute('aria-pressed', String(toggled(star.dataset.star!)))
      changed()
    })
  }
}

/** Whether `what` is followed now. */
export function toggled(what: string): boolean {
  const followed = new Set(favourites())
  const isNew = !followed.delete(what)
  if (isNew) followed.add(what)
  keep(NAME, [...followed].slice(-MOST))
  return isNew
}

/** Whether one of the teams or the league of `row` is followed. */
export function isFollowed(row: HTMLElement, followed: ReadonlySet<string>): boolean {
  const teams = (row.dataset.teams ?? '').split(' ').map((slug) => `team:${slug}`)
  return [...teams, `league:${row.dataset.league ?? ''}`].some((each) => followed.has(each))
}
