/** A bet as a value card names it. */

import { isRecord } from './kept.ts'

export interface Bet {
  readonly match: string
  /** Both teams, as people say them. */
  readonly name: string
  readonly kickoff: string | null
  readonly outcome: string
  readonly book: string
  readonly odds: number
  readonly edge: number
  /** Of the bankroll. */
  readonly fraction: number
  readonly text?: string
}

/** The bet of the card that `element` is in. */
export function betOf(element: Element): Bet | undefined {
  const card = element.closest<HTMLElement>('[data-bet]')
  if (card === null) return undefined
  try {
    const value: unknown = JSON.parse(card.dataset.bet!)
    return isBet(value) ? value : undefined
  } catch {
    return undefined
  }
}

export function isBet(value: unknown): value is Bet {
  if (!isRecord(value)) return false
  const texts = ['match', 'name', 'outcome', 'book'].every((name) => typeof value[name] === 'string')
  const numbers = ['odds', 'edge', 'fraction'].every((name) => Number.isFinite(value[name]))
  return texts && numbers && (value.kickoff === null || typeof value.kickoff === 'string')
}
