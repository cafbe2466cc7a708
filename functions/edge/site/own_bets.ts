/** Bets that a reader placed: their own record, on this device. */

import { betOf, isBet, type Bet } from './bet.ts'
import { onClick } from './clicks.ts'
import { keep, kept } from './kept.ts'
import type { Locale } from './locale.ts'
import { bankroll, money, stakeOf } from './stakes.ts'
import { words } from './words.ts'

const NAME = 'bets'
const MOST = 1_000
const SIDES = ['home', 'draw', 'away']

export interface OwnBet extends Bet {
  readonly placed_at: string
  readonly stake: number | null
  readonly currency: string | null
}

/** What became of a match: goals, and the market's fair closing probabilities where they are known. */
export interface Settled {
  readonly goals: readonly [number, number]
  readonly close: readonly number[] | null
}

export function ownBets(): readonly OwnBet[] {
  return kept<OwnBet[]>(NAME, isOwnBets, [])
}

function isOwnBets(value: unknown): value is OwnBet[] {
  return Array.isArray(value) && value.every((each: unknown) => isBet(each) && 'placed_at' in each)
}

/** Places the bet of whichever card of `page` says "I placed this". */
export function startPlacing(page: Document): void {
  onClick(page, '[data-place]', (button) => {
    const bet = betOf(button)
    if (bet === undefined) return
    place(bet, new Date().toISOString())
    taken(button)
  })
}

/** Says on the cards below `root` which bets were placed before. */
export function markPlaced(root: ParentNode): void {
  const mine = ownBets()
  if (mine.length === 0) return
  for (const button of root.querySelectorAll<HTMLButtonElement>('[data-place]')) {
    const bet = betOf(button)
    if (bet !== undefined && mine.some((each) => isSame(each, bet))) taken(button)
  }
}

function isSame(one: Bet, other: Bet): boolean {
  return one.match === other.match && one.outcome === other.outcome && one.book === other.book
}

function taken(button: HTMLButtonElement): void {
  button.textContent = words.placed
  button.disabled = true
}

/** Adds `bet` at the stake that the bankroll of now advises. */
export function place(bet: Bet, placed_at: string): void {
  const mine = bankroll()
  const stake = mine === undefined ? null : stakeOf(mine, bet.fraction)
  keep(NAME, [...ownBets(), { ...bet, placed_at, stake, currency: mine?.currency ?? null }].slice(-MOST))
}

/** Lists the bets below `root`, newest first; what became of each is asked of `settledOf`. */
export async function listBets(root: ParentNode, locale: Locale, settledOf: (match: string) => Promise<Settled | undefined>): Promise<void> {
  const body = root.querySelector<HTMLElement>('[data-bets]')
  const template = root.querySelector<HTMLTemplateElement>('template#bet-row')
  if (body === null || template === null) return
  const bets = [...ownBets()].reverse()
  document.documentElement.dataset.bets = bets.length > 0 ? 'some' : 'none' // as early.ts does before the first paint
  const rows = bets.map((bet) => rowOf(bet, template, locale, () => void listBets(root, locale, settledOf)))
  body.replaceChildren(...rows)
  const settled = await Promise.all(bets.map((bet) => settledOf(bet.match)))
  bets.forEach((bet, index) => writeResult(rows[index]!, bet, settled[index], locale))
  for (const place of root.querySelectorAll('[data-bets-sum]')) place.textContent = sumOf(bets, settled, locale)
}

function rowOf(bet: OwnBet, template: HTMLTemplateElement, locale: Locale, removed: () => void): HTMLElement {
  const row = (template.content.cloneNode(true) as DocumentFragment).firstElementChild as HTMLElement
  write(row, 'name', bet.name)
  write(row, 'outcome', words.outcomes[bet.outcome] ?? bet.outcome)
  write(row, 'odds-of', `${bet.odds.toFixed(2)}, ${bet.book}`)
  write(row, 'stake-of', bet.stake === null || bet.currency === null ? '–' : money(bet.stake, bet.currency, locale))
  write(row, 'result', words.open)
  const link = row.querySelector('a')
  if (link !== null) link.href = `/match/${encodeURIComponent(bet.match)}`
  row.querySelector('[data-remove]')?.addEventListener('click', () => {
    keep(NAME, ownBets().filter((each) => each.placed_at !== bet.placed_at || !isSame(each, bet)))
    removed()
  })
  return row
}

function writeResult(row: HTMLElement, bet: OwnBet, settled: Settled | undefined, locale: Locale): void {
  if (settled === undefined) return
  const [home, away] = settled.goals
  const close = settled.close?.[SIDES.indexOf(bet.outcome)]
  const result = `${isWon(bet, settled) ? words.won : words.lost}, ${home}–${away}`
  // What the odds taken are worth by the market's last fair probability.
  write(row, 'result', close === undefined ? result : `${result}; ${words.closingValue(perCent(bet.odds * close - 1, locale))}`)
  const back = returnOf(bet, settled)
  if (back !== undefined && bet.currency !== null) write(row, 'return', money(back, bet.currency, locale))
}

function isWon({ outcome }: Bet, { goals: [home, away] }: Settled): boolean {
  return SIDES.indexOf(outcome) === (home > away ? 0 : home === away ? 1 : 2)
}

/** Won or lost in the bet's currency; undefined where no stake is known. */
function returnOf(bet: OwnBet, settled: Settled): number | undefined {
  if (bet.stake === null) return undefined
  return isWon(bet, settled) ? bet.stake * (bet.odds - 1) : -bet.stake
}

/** How many, and what the settled ones came to in each currency. */
function sumOf(bets: readonly OwnBet[], settled: readonly (Settled | undefined)[], locale: Locale): string {
  if (bets.length === 0) return ''
  const sums = new Map<string, number>()
  bets.forEach((bet, index) => {
    const result = settled[index]
    const back = result && returnOf(bet, result)
    if (back !== undefined && bet.currency !== null) sums.set(bet.currency, (sums.get(bet.currency) ?? 0) + back)
  })
  const amounts = [...sums].map(([currency, amount]) => money(amount, currency, locale))
  return words.sum(bets.length, settled.filter((each) => each !== undefined).length, amounts.join(', '))
}

function perCent(value: number, { language }: Locale): string {
  return new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1, signDisplay: 'exceptZero' }).format(value)
}

function write(row: HTMLElement, cell: string, text: string): void {
  const place = row.querySelector(`[data-${cell}]`)
  if (place !== null) place.textContent = text
}
