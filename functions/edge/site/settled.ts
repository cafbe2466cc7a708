/** What became of a match, from the public ledger. */

import { isRecord } from './kept.ts'
import type { Settled } from './own_bets.ts'

/** Undefined while it is open, and where the ledger cannot be asked. */
export async function settledOf(match: string): Promise<Settled | undefined> {
  try {
    const answer = await fetch(`/api/v1/ledger?match=${encodeURIComponent(match)}&limit=100`)
    return answer.ok ? settledIn(await answer.json()) : undefined
  } catch (error) {
    console.info(`${match}: ${String(error)}`)
    return undefined
  }
}

export function settledIn(page: unknown): Settled | undefined {
  const entries = isRecord(page) && Array.isArray(page.entries) ? (page.entries as unknown[]) : []
  const parsed = entries.map((each) => (isRecord(each) ? each.entry : undefined)).filter(isRecord)
  const found = parsed.reverse().find((entry) => entry.kind === 'settled' && isPair(entry.goals))
  if (found === undefined) return undefined
  const close = Array.isArray(found.close) && found.close.every((each) => typeof each === 'number') ? (found.close as number[]) : null
  return { goals: found.goals as [number, number], close }
}

function isPair(value: unknown): value is [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every((each) => Number.isInteger(each))
}
