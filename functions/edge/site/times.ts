/** Times and ages in the reader's zone and language. */

import { AGE, SHOWN } from './formats.ts'
import type { Locale } from './locale.ts'
import { words } from './words.ts'

const CALENDAR_DAY = /^\d{4}-\d\d-\d\d$/
const DAY_MS = 86_400_000
const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 365 * DAY_MS],
  ['month', 30 * DAY_MS],
  ['day', DAY_MS],
  ['hour', 3_600_000],
  ['minute', 60_000],
]

/** Rewrites every `<time data-show>` below `root`; of those that show an age, only they change later. */
export function showTimes(root: ParentNode, locale: Locale, now: number, only = '[data-show]'): void {
  for (const time of root.querySelectorAll<HTMLTimeElement>(`time${only}`)) {
    const at = time.getAttribute('datetime') ?? ''
    const text = shown(at, time.dataset.show ?? '', locale, now)
    if (text !== undefined && time.textContent !== text) time.textContent = text
  }
}

/** Gives the time that a reader points at its exact moment as title: few of a page's hundred are ever pointed at. */
export function explainTimes(root: Document, locale: Locale): void {
  root.addEventListener('pointerover', ({ target }) => {
    const time = target instanceof HTMLElement ? target.closest<HTMLTimeElement>('time[data-show]') : null
    const at = time?.getAttribute('datetime') ?? ''
    if (time !== null && !CALENDAR_DAY.test(at) && !Number.isNaN(Date.parse(at))) time.title = exact(at, locale)
  })
}

/** `at` as `how` says; undefined for what is no time, or for no way that we know. */
export function shown(at: string, how: string, locale: Locale, now: number): string | undefined {
  const instant = Date.parse(at)
  if (Number.isNaN(instant)) return undefined
  if (how === 'age') return ageOf(instant, locale, now)
  const options = SHOWN[how]
  if (options === undefined) return undefined
  const text = formatOf(how, locale.language, zoneOf(at, locale), options).format(instant)
  return how === 'day' ? named(CALENDAR_DAY.test(at) ? at : dayOf(instant, locale), text, locale, now) : text
}

/** A day without an hour is the same day everywhere; undefined is the zone of the machine. */
function zoneOf(at: string, { zone }: Locale): string | undefined {
  return CALENDAR_DAY.test(at) ? 'UTC' : zone
}

/** Making one takes a hundred times as long as using it, and a page has a hundred times. */
const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(how: string, language: string, zone: string | undefined, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const name = `${how} ${language} ${zone ?? ''}`
  let format = formats.get(name)
  if (format === undefined) {
    format = new Intl.DateTimeFormat(language, zone === undefined ? options : { ...options, timeZone: zone })
    formats.set(name, format)
  }
  return format
}

function named(day: string, text: string, locale: Locale, now: number): string {
  const near = [['yesterday', -DAY_MS], ['today', 0], ['tomorrow', DAY_MS]] as const
  const found = near.find(([, away]) => dayOf(now + away, locale) === day)
  return found === undefined ? text : words[found[0]](text)
}

/** The calendar day, like 2025-11-29, on which `instant` falls for this reader. */
export function dayOf(instant: number, { zone }: Locale): string {
  if (zone !== undefined) return formatOf('parts', 'en-CA', zone, { year: 'numeric', month: '2-digit', day: '2-digit' }).format(instant)
  // The machine's own zone needs no format of another language, whose first use takes a phone a tenth of a second.
  const day = new Date(instant)
  const [year, month, date] = [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((part) => String(part).padStart(2, '0'))
  return `${year}-${month}-${date}`
}

const relative = new Map<string, Intl.RelativeTimeFormat>()

/** "4 min ago", in the largest unit that fits once; what seems yet to come, by a clock that is behind, is new. */
export function ageOf(instant: number, { language }: Locale, now: number): string {
  const away = Math.min(0, instant - now)
  const [unit, ms] = UNITS.find(([, size]) => Math.abs(away) >= size) ?? []
  if (unit === undefined || ms === undefined) return words.justNow
  let format = relative.get(language)
  if (format === undefined) relative.set(language, (format = new Intl.RelativeTimeFormat(language, AGE)))
  return format.format(Math.trunc(away / ms), unit).replace('.', '')
}

function exact(at: string, locale: Locale): string {
  const format = formatOf('exact', locale.language, zoneOf(at, locale), { dateStyle: 'full', timeStyle: 'short' })
  return words.atTime(format.format(Date.parse(at)), format.resolvedOptions().timeZone)
}
