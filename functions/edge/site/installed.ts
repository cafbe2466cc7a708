/** The site as an app: it is installed, works offline, and says when there is a new version of it. */

import type { Locale } from './locale.ts'
import { say, unsay } from './strip.ts'
import { ageOf } from './times.ts'
import { startWorker } from './trusted.ts'
import { words } from './words.ts'

interface InstallPrompt extends Event {
  prompt(): Promise<unknown>
}

/** Starts the service worker; a page of another build is never mixed with this one. */
export async function startOffline(): Promise<void> {
  if (!('serviceWorker' in navigator)) return
  try {
    watch(await startWorker())
  } catch (error) {
    console.info(`Nothing is kept for offline use: ${String(error)}`)
  }
}

function watch(registration: ServiceWorkerRegistration): void {
  const offer = (worker: ServiceWorker | null) => {
    // Without a controller this is the first visit, and nothing is replaced.
    if (worker?.state === 'installed' && navigator.serviceWorker.controller !== null) offerReload(worker)
  }
  offer(registration.waiting)
  registration.addEventListener('updatefound', () => {
    const { installing } = registration
    installing?.addEventListener('statechange', () => offer(installing))
  })
}

function offerReload(worker: ServiceWorker): void {
  const run = () => {
    navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true })
    worker.postMessage('take over')
  }
  say('version', words.newVersion, { label: words.reload, run })
}

/** Says when the page was saved, where it comes from this device, and that there is no network. */
export function showOffline(locale: Locale, now: () => number): void {
  const draw = () => {
    const { saved, generated } = document.documentElement.dataset
    if (saved === undefined && navigator.onLine) unsay('offline')
    else if (saved !== undefined) say('offline', words.saved(ageOf(Date.parse(saved), locale, now())))
    else say('offline', generated === undefined ? words.offline : words.madeAt(ageOf(Date.parse(generated), locale, now())))
  }
  for (const kind of ['online', 'offline']) addEventListener(kind, draw)
  draw()
}

/** Shows "install" where the browser offers it. */
export function showInstalling(root: ParentNode): void {
  const buttons = [...root.querySelectorAll<HTMLButtonElement>('[data-install]')]
  let offered: InstallPrompt | undefined
  addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault()
    offered = event as InstallPrompt
    for (const button of buttons) button.hidden = false
  })
  for (const button of buttons) button.addEventListener('click', () => void offered?.prompt())
  addEventListener('appinstalled', () => {
    for (const button of buttons) button.hidden = true
  })
}
