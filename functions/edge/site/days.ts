/** The list of matches under the reader's own days: a kick-off at 15:00 UTC on Friday is on Saturday in Tokyo. */

import type { Locale } from './locale.ts'
import { dayOf } from './times.ts'

/** Moves every row below `root` to the section of its day; sections are made and removed as needed. */
export function groupByDay(root: ParentNode, locale: Locale): void {
  const sections = [...root.querySelectorAll<HTMLElement>('section.day[data-day]')]
  if (sections.length === 0) return
  const moved = sections.flatMap((section) => rowsOf(section).filter((row) => ownDay(row, section, locale) !== section.dataset.day))
  if (moved.length === 0) return
  const byDay = new Map(sections.map((section) => [section.dataset.day!, section]))
  const touched = new Set<HTMLElement>()
  for (const row of moved) {
    const day = ownDay(row, row.closest<HTMLElement>('section.day')!, locale)
    const section = byDay.get(day) ?? inserted(day, sections[0]!, byDay)
    section.querySelector('ul')!.append(row)
    touched.add(section)
  }
  for (const section of touched) sorted(section)
  for (const section of byDay.values()) if (rowsOf(section).length === 0) section.remove()
}

function rowsOf(section: HTMLElement): HTMLElement[] {
  return [...section.querySelectorAll<HTMLElement>('li.row')]
}

/** A match whose hour is not known stays where it is. */
function ownDay(row: HTMLElement, section: HTMLElement, locale: Locale): string {
  const kickoff = Date.parse(row.dataset.kickoff ?? '')
  return Number.isNaN(kickoff) ? section.dataset.day! : dayOf(kickoff, locale)
}

function inserted(day: string, like: HTMLElement, byDay: Map<string, HTMLElement>): HTMLElement {
  const section = like.cloneNode(true) as HTMLElement
  section.dataset.day = day
  for (const row of rowsOf(section)) row.remove()
  section.querySelector('time')?.setAttribute('datetime', day)
  const later = [...byDay].filter(([each]) => each > day).sort(([a], [b]) => (a < b ? -1 : 1))[0]
  const last = [...byDay].sort(([a], [b]) => (a < b ? 1 : -1))[0]![1]
  if (later === undefined) last.after(section)
  else later[1].before(section)
  byDay.set(day, section)
  return section
}

/** By kick-off; those without one first, as they came. */
function sorted(section: HTMLElement): void {
  const at = (row: HTMLElement) => Date.parse(row.dataset.kickoff ?? '') || 0
  section.querySelector('ul')!.append(...rowsOf(section).sort((a, b) => at(a) - at(b)))
}
