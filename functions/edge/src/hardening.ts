/** Headers that every answer leaves with; what the origin says of these wins. */

/** Of the static files, and the same that the functions' pages carry. */
const CONTENT_POLICY =
  "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; " +
  "require-trusted-types-for 'script'; trusted-types pages service-worker"

const ALWAYS = Object.entries({
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  'content-security-policy': CONTENT_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
})

/** Those headers alone. */
export const HARDENED = new Headers(ALWAYS)

/** `answer`, one of our own making, with those headers and the id of the request. */
export function hardened(answer: Response, request: Request): Response {
  if (answer.webSocket) return answer // what follows is no answer of HTTP any more
  const { headers } = answer
  for (const [name, value] of ALWAYS) if (!headers.has(name)) headers.set(name, value)
  headers.set('x-request-id', requestIdOf(request))
  return answer
}

const ids = new WeakMap<Request, string>()

/** The reader's id for this request when it is a plain word, or a new one; the same however often it is asked for. */
export function requestIdOf(request: Request): string {
  let id = ids.get(request)
  if (id === undefined) {
    const given = request.headers.get('x-request-id')
    id = given !== null && /^[\w.-]{1,64}$/.test(given) ? given : crypto.randomUUID()
    ids.set(request, id)
  }
  return id
}
