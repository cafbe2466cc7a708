/** The service worker: pages that were opened are there without a network, each with the time it was saved. */

export {}

declare const self: ServiceWorkerGlobalScope
/** Which build this is, and what all its pages need; service_worker.mjs writes both. */
declare const BUILD: string
declare const SHELL: readonly string[]

const ASSETS = `shell-${BUILD}`
const PAGES = 'pages'
const MOST_PAGES = 60
/** A network that has not answered by then is taken for none, where there is a copy. */
const PATIENCE_MS = 3_000

self.addEventListener('install', (event) => event.waitUntil(caches.open(ASSETS).then((cache) => cache.addAll(SHELL))))

self.addEventListener('activate', (event) => event.waitUntil(forgetOldBuilds()))

self.addEventListener('message', ({ data }) => {
  if (data === 'take over') void self.skipWaiting()
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== self.location.origin) return
  if (request.mode === 'navigate') event.respondWith(page(event))
  else if (request.headers.get('accept') === 'text/html') event.respondWith(network(event))
  else if (pathname.startsWith('/assets/') || SHELL.includes(pathname)) event.respondWith(asset(request))
})

/** The page as it is now, or as it was saved, or the page that says that there is neither. */
async function page(event: FetchEvent): Promise<Response> {
  const saved = await (await caches.open(PAGES)).match(event.request)
  const fresh = network(event)
  if (saved === undefined) return fresh.catch(async () => (await caches.match('/offline.html')) ?? Response.error())
  const late = new Promise<Response>((resolve) => setTimeout(resolve, PATIENCE_MS, saved))
  return Promise.race([fresh.catch(() => saved), late])
}

async function network(event: FetchEvent): Promise<Response> {
  const answer = await fetch(event.request)
  if (answer.ok && (answer.headers.get('content-type') ?? '').startsWith('text/html')) event.waitUntil(save(event.request.url, answer.clone()))
  return answer
}

/** Kept with the time in its markup, which the strip reads; the oldest make room. */
async function save(url: string, answer: Response): Promise<void> {
  const text = (await answer.text()).replace('<html', `<html data-saved="${new Date().toISOString()}"`)
  const headers = new Headers(answer.headers)
  for (const name of ['content-length', 'content-encoding']) headers.delete(name)
  const cache = await caches.open(PAGES)
  await cache.delete(url)
  await cache.put(url, new Response(text, { headers }))
  const keys = await cache.keys()
  for (const oldest of keys.slice(0, Math.max(0, keys.length - MOST_PAGES))) await cache.delete(oldest)
}

async function asset(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request)
}

/** The build before this one stays: pages that it saved name its files. */
async function forgetOldBuilds(): Promise<void> {
  const builds = (await caches.keys()).filter((name) => name.startsWith('shell-'))
  for (const name of builds.slice(0, -2)) await caches.delete(name)
}

interface Notice {
  readonly title?: string
  readonly body?: string
  readonly url?: string
  readonly tag?: string
}

self.addEventListener('push', (event) => {
  const { title = 'SabiScore', body = '', url = '/', tag } = (event.data?.json() ?? {}) as Notice
  event.waitUntil(self.registration.showNotification(title, { body, icon: '/icon-192.png', data: url, ...(tag && { tag }) }))
})

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const url = new URL(String(event.notification.data ?? '/'), self.location.origin)
  event.waitUntil(self.clients.openWindow(url.origin === self.location.origin ? url.href : '/'))
})
