/** How a page was for its reader: one view in ten tells the server, once, and nothing names who it was. */

import type { Metric } from 'web-vitals'

/** Of views; a p75 needs hundreds of them, not all. */
const SHARE = 0.1
const PATH = '/vitals'

/** Measures this view if `draw`, a number from 0 up to 1, falls on it and its reader does not object. */
export async function startVitals(draw: number): Promise<void> {
  if (draw >= SHARE || objects()) return
  const { onCLS, onFCP, onINP, onLCP, onTTFB } = await import('web-vitals')
  const measured = new Map<string, number>()
  for (const on of [onCLS, onFCP, onINP, onLCP, onTTFB]) on(({ name, value }: Metric) => void measured.set(name.toLowerCase(), value))
  // After the library's own listeners, which settle what is told.
  document.addEventListener('visibilitychange', function tell() {
    if (document.visibilityState !== 'hidden') return
    document.removeEventListener('visibilitychange', tell)
    send(measured)
  })
}

/** https://w3c.github.io/gpc/ */
function objects(): boolean {
  return (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl === true
}

function send(measured: ReadonlyMap<string, number>): void {
  if (measured.size === 0) return
  const report = { page: document.documentElement.dataset.page, ...Object.fromEntries(measured) }
  navigator.sendBeacon(PATH, new Blob([JSON.stringify(report)], { type: 'application/json' }))
}
