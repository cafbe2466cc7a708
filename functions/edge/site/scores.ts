/** What a match's room says, written where the match stands. Only text is ever set. */

import { isRecord } from './kept.ts'

export interface Event {
  readonly kind: string
  /** The room is that of one match, and does not say which. */
  readonly match_id: string
  readonly score?: readonly [number, number]
}

/** The event in what the room of `match_id` says; undefined for everything else that it says. */
export function eventIn(match_id: string, text: string): Event | undefined {
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch {
    return undefined // `pong`
  }
  if (!isRecord(message) || message.type !== 'message' || !isRecord(message.data)) return undefined
  const { kind, score } = message.data
  if (typeof kind !== 'string') return undefined
  return { kind, match_id, ...(isScore(score) && { score }) }
}

function isScore(value: unknown): value is [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every((each) => Number.isInteger(each) && each >= 0 && each < 100)
}

/** Writes a new score wherever its match stands below `root`; whether anything was written. */
export function writeScore(root: ParentNode, { match_id, score }: Event): boolean {
  if (score === undefined) return false
  const text = score.join('–')
  const places = [...root.querySelectorAll<HTMLElement>(`[data-match="${CSS.escape(match_id)}"] [data-score]`)]
  for (const place of places) {
    if (place.textContent !== text) place.textContent = text
    place.hidden = false
  }
  return places.length > 0
}
