/** What a stake is of one's own bankroll, which stays on the device. */

import { betOf } from './bet.ts'
import { isRecord, keep, kept } from './kept.ts'
import type { Locale } from './locale.ts'
import { words } from './words.ts'

const NAME = 'bankroll'
const MOST = 1e9

export interface Bankroll {
  readonly amount: number
  readonly currency: string
}

export function bankroll(): Bankroll | undefined {
  return kept<Bankroll | undefined>(NAME, isBankroll, undefined)
}

function isBankroll(value: unknown): value is Bankroll {
  if (!isRecord(value)) return false
  const { amount, currency } = value
  return typeof amount === 'number' && amount > 0 && amount <= MOST && typeof currency === 'string' && /^[A-Z]{3}$/.test(currency)
}

/** Shows the form and every stake below `root`, and again when the bankroll changes. */
export function showStakes(root: ParentNode, locale: Locale): void {
  const form = root.querySelector<HTMLFormElement>('form[data-bankroll]')
  if (form !== null) showForm(form, () => drawStakes(root, locale))
  if (bankroll() !== undefined) drawStakes(root, locale)
}

function showForm(form: HTMLFormElement, changed: () => void): void {
  const amount = form.querySelector<HTMLInputElement>('[name=bankroll]')!
  const currency = form.querySelector<HTMLSelectElement>('[name=currency]')!
  const mine = bankroll()
  if (mine !== undefined) [amount.value, currency.value] = [String(mine.amount), mine.currency]
  const take = () => {
    const value = numberOf(amount.value)
    amount.setAttribute('aria-invalid', String(amount.value.trim() !== '' && value === undefined))
    keep(NAME, value === undefined ? null : { amount: value, currency: currency.value })
    changed()
  }
  amount.addEventListener('input', take)
  currency.addEventListener('change', take)
  form.addEventListener('submit', (event) => event.preventDefault())
  form.hidden = false
}

/** `1 250,50`, `1250.50` and `1,250.50` are all the same number; undefined for what is none. */
export function numberOf(text: string): number | undefined {
  const compact = text.replace(/[\s\u00a0'’]/g, '')
  const [, whole = '', decimals = ''] = /^(\d[\d.,]*?)(?:[.,](\d{1,2}))?$/.exec(compact) ?? []
  const value = Number(`${whole.replace(/[.,]/g, '')}.${decimals || '0'}`)
  return whole !== '' && value > 0 && value <= MOST ? value : undefined
}

function drawStakes(root: ParentNode, locale: Locale): void {
  const mine = bankroll()
  for (const output of root.querySelectorAll<HTMLElement>('[data-stake]')) {
    const bet = mine && betOf(output)
    const stake = mine === undefined || bet === undefined ? 0 : stakeOf(mine, bet.fraction)
    output.textContent = mine === undefined || stake === 0 ? '' : words.stake(money(stake, mine.currency, locale))
  }
}

/** Rounded down to cents: never more than was advised. */
export function stakeOf({ amount }: Bankroll, fraction: number): number {
  return Math.floor(amount * fraction * 100 + 1e-6) / 100
}

export function money(amount: number, currency: string, { language }: Locale): string {
  return new Intl.NumberFormat(language, { style: 'currency', currency }).format(amount)
}
