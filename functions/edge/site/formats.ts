/** The forms in which pages show times, by the name that `data-show` gives each. */

export const SHOWN: Readonly<Record<string, Intl.DateTimeFormatOptions>> = {
  time: { hour: '2-digit', minute: '2-digit' },
  day: { weekday: 'long', day: 'numeric', month: 'long' },
  weekday: { weekday: 'short', day: 'numeric' },
  datetime: { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
}

export const AGE: Intl.RelativeTimeFormatOptions = { style: 'short' }

/** Uses each once in `language`: the browser reads what it knows of a language at its first use, which takes a phone a sixth of a second. */
export function useEach(language: string): void {
  for (const options of Object.values(SHOWN)) new Intl.DateTimeFormat(language, options).format(0)
  new Intl.RelativeTimeFormat(language, AGE).format(-1, 'minute')
}
