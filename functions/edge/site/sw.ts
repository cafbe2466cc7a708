/** The service worker. */

export {}

declare const self: ServiceWorkerGlobalScope

self.addEventListener('install', () => undefined)
