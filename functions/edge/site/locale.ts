/** In which language and zone things are written. */

export interface Locale {
  readonly language: string
  /** As Intl names it; undefined is the device's own. */
  readonly zone?: string
}

/** The reader's own variant of the page's language, or else the page's language. */
export function localeOf(page: string, preferred: readonly string[]): Locale {
  const base = page.split('-')[0]!.toLowerCase()
  const own = preferred.find((each) => each.toLowerCase().split('-')[0] === base)
  return { language: own ?? page }
}

export function locale(): Locale {
  return localeOf(document.documentElement.lang || 'en', navigator.languages)
}
