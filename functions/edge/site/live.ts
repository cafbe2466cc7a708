/** Pages that follow what happens: by the rooms of their matches, and by asking again. */

import { refresh } from './refresh.ts'
import { enter } from './room.ts'
import { eventIn, writeScore } from './scores.ts'
import { say, unsay } from './strip.ts'
import { words } from './words.ts'

const POLL_S = 60
/** News often comes several at once. */
const SETTLE_MS = 1_500
/** A list joins the rooms of so many matches in play; the others are asked for. */
const MOST_ROOMS = 8
/** Before kick-off a room says little: the match is looked at like any page. */
const BEFORE_MS = 15 * 60_000
const LONGEST_MS = 3 * 3_600_000

type Enhance = (main: HTMLElement) => void

/** Keeps this page up to date while it is seen; call what is returned to leave it as it is. */
export function follow(enhance: Enhance): () => void {
  const rooms = new Map<string, () => void>()
  const lost = new Set<string>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let isLeft = false

  const soon = (ms: number) => {
    clearTimeout(timer)
    if (!isLeft && ms < Infinity) timer = setTimeout(() => void again(), ms)
  }
  const again = async () => {
    if (document.visibilityState === 'visible') {
      await refresh(enhance)
      joined()
    }
    soon(1000 * everyOf(document))
  }
  const joined = () => {
    const wanted = new Set(!isLeft && document.visibilityState === 'visible' ? roomsIn(document) : [])
    for (const [path, leave] of rooms) {
      if (wanted.has(path)) continue
      leave()
      rooms.delete(path)
      lost.delete(path)
    }
    for (const path of wanted) if (!rooms.has(path)) rooms.set(path, enter(path, listener(path)))
    drawn()
  }
  const drawn = () => (lost.size > 0 ? say('live', words.livePaused) : unsay('live'))
  const listener = (path: string) => ({
    heard: (text: string) => {
      const event = eventIn(path.slice(path.lastIndexOf('/') + 1), text)
      if (event === undefined) return
      writeScore(document, event)
      soon(SETTLE_MS)
    },
    lost: () => {
      lost.add(path)
      drawn()
    },
    found: () => {
      if (!lost.delete(path)) return
      drawn()
      soon(0) // what was said meanwhile
    },
  })

  if (everyOf(document) === Infinity) return () => undefined
  document.addEventListener('visibilitychange', () => {
    joined()
    if (document.visibilityState === 'visible') soon(0)
  })
  joined()
  soon(1000 * everyOf(document))
  return () => {
    isLeft = true
    clearTimeout(timer)
    joined()
  }
}

/** Seconds between two looks at this page; Infinity for pages that stay as they are. */
export function everyOf(page: Document): number {
  const asked = Number(page.querySelector<HTMLElement>('main')?.dataset.refresh ?? NaN)
  if (asked > 0) return Math.max(5, asked)
  return ['matches', 'match', 'value'].includes(page.documentElement.dataset.page ?? '') ? POLL_S : Infinity
}

/**
 * The room of the match that is open, from shortly before kick-off on, or of those in a list that are in play; none
 * where there is no Worker in front to keep rooms.
 */
export function roomsIn(page: Document, now = Date.now()): string[] {
  if (page.documentElement.dataset.rooms === undefined) return []
  const main = page.querySelector<HTMLElement>('main[data-room]')
  if (main !== null) return isOn(main, now) ? [main.dataset.room!] : []
  const rows = [...page.querySelectorAll<HTMLElement>('.row[data-status="in_play"]')]
  return rows.slice(0, MOST_ROOMS).map((row) => `/ws/edge/${row.dataset.match!}`)
}

function isOn({ dataset }: HTMLElement, now: number): boolean {
  const left_ms = Date.parse(dataset.kickoff ?? '') - now
  return dataset.status === 'in_play' || (left_ms < BEFORE_MS && left_ms > -LONGEST_MS)
}
