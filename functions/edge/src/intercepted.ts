/** Answers that are not the functions' own: pages and errors of whatever stands between us and them. */

/** The origin answered, and not with what it has there. Treated as an origin that is away. */
export class Foreign extends Error {}

const PROBLEM = 'application/problem+json'

/** Throws Foreign for a page, and for a failure that is not told as a problem document, where only data is served. */
export function assertOwn({ status, headers }: Response): void {
  const type = mediaType(headers)
  const hasFailed = status >= 500 || status === 429
  if (type === 'text/html' || (hasFailed && type !== PROBLEM)) throw new Foreign(`status ${status}, ${type}`)
}

/**
 * Throws Foreign for a page that the functions did not make. Theirs are tagged, those that may not be kept are marked, and
 * other errors are problem documents.
 */
export function assertOwnPage({ status, headers }: Response): void {
  const type = mediaType(headers)
  const isOurs = headers.has('cache-tag') || headers.get('x-sabiscore') === 'page'
  if (type === PROBLEM || status === 304 || isOurs) return
  throw new Foreign(`status ${status}, ${type}`)
}

/** Throws Foreign for a body that claims to be JSON and is not, say one that was cut off. */
export function assertWhole({ headers }: Response, body: Uint8Array): void {
  if (mediaType(headers) !== 'application/json') return
  try {
    JSON.parse(new TextDecoder().decode(body))
  } catch {
    throw new Foreign('not JSON')
  }
}

function mediaType(headers: Headers): string {
  return (headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase()
}
