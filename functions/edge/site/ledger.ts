/** Entries of the ledger, verified here: nobody has to take our word. */

import { onClick } from './clicks.ts'
import { isRecord } from './kept.ts'
import { words } from './words.ts'

export interface Entry {
  readonly text: string
  readonly hash: string
  readonly previous: string
}

/** Verifies the entries of `page` for whoever clicks "verify". */
export function startVerifying(page: Document): void {
  onClick(page, '[data-verify]', (button) => void say(entriesIn(page), page.querySelector<HTMLElement>('[data-verified]') ?? button))
}

async function say(entries: readonly Entry[], output: HTMLElement): Promise<void> {
  if (entries.length === 0) {
    output.textContent = words.nothingToVerify
    return
  }
  const fault = await firstFault(entries)
  output.textContent = fault === undefined ? words.verified(entries.length) : words.broken(fault + 1)
  output.classList.toggle('warn', fault !== undefined)
}

export function entriesIn(root: ParentNode): Entry[] {
  return [...root.querySelectorAll<HTMLElement>('[data-entry]')].map((item) => entryOf(item.dataset.entry!))
}

/** What cannot be read has no text with its hash, and so is the entry at fault. */
function entryOf(json: string): Entry {
  try {
    const value: unknown = JSON.parse(json)
    if (isRecord(value)) return { text: String(value.text), hash: String(value.hash), previous: String(value.previous) }
  } catch (error) {
    console.warn(`entry: ${String(error)}`)
  }
  return { text: '', hash: '', previous: '' }
}

/** The index of the first entry that does not hold; neighbours in the list must be neighbours in the chain, in either order. */
export async function firstFault(entries: readonly Entry[]): Promise<number | undefined> {
  const numbers = entries.map((entry) => numberOf(entry.text))
  for (const [index, entry] of entries.entries()) {
    if ((await sha256(entry.text)) !== entry.hash || previousIn(entry.text) !== entry.previous) return index
    const older = entries.findIndex((_, other) => numbers[other] === numbers[index]! - 1)
    if (older !== -1 && entries[older]!.hash !== entry.previous) return index
  }
  return undefined
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

function previousIn(text: string): unknown {
  return memberOf(text, 'previous')
}

function numberOf(text: string): number {
  return Number(memberOf(text, 'seq') ?? NaN)
}

function memberOf(text: string, name: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value[name] : undefined
  } catch {
    return undefined
  }
}
