/**
 * The two policies of Trusted Types: pages of ours become documents, and our service worker and the thread of formats are
 * started. Nothing else here turns text into markup or into a script.
 */

interface Policy {
  createHTML(text: string): string
  createScriptURL(url: string): string
}

interface Factory {
  createPolicy(name: string, rules: Partial<Policy>): Policy
}

const FORMATS = /^\/assets\/formats_worker-[A-Z0-9]+\.js$/

/** Not every browser has them. */
const factory = (globalThis as { trustedTypes?: Factory }).trustedTypes
const pages = policy('pages', { createHTML: (text) => text })
const worker = policy('service-worker', { createScriptURL: own })

function policy(name: string, rules: Partial<Policy>): Policy {
  return factory?.createPolicy(name, rules) ?? { createHTML: (text) => text, createScriptURL: own }
}

function own(url: string): string {
  if (url !== '/sw.js' && !FORMATS.test(url)) throw new TypeError(`${url} is no worker of ours.`)
  return url
}

/** The page in `answer`; undefined for what is no page of this site. Its scripts do not run. */
export async function pageIn(answer: Response): Promise<Document | undefined> {
  const isOurs = answer.type !== 'opaque' && new URL(answer.url, location.href).origin === location.origin
  const isPage = (answer.headers.get('content-type') ?? '').startsWith('text/html')
  if (!answer.ok || !isOurs || !isPage) return undefined
  return new DOMParser().parseFromString(pages.createHTML(await answer.text()), 'text/html')
}

export function startWorker(): Promise<ServiceWorkerRegistration> {
  return navigator.serviceWorker.register(worker.createScriptURL('/sw.js'), { updateViaCache: 'none' })
}

/** The thread at `url`, an address as the build wrote it into the page. */
export function startFormatsWorker(url: string): Worker {
  return new Worker(worker.createScriptURL(url))
}
