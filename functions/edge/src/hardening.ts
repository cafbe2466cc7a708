/** Headers that every answer leaves with; what the origin says of these wins. */

const CONTENT_POLICY =
  "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

const ALWAYS: Record<string, string> = {
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  'content-security-policy': CONTENT_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
}

export function hardened(answer: Response, requestId: string): Response {
  if (answer.webSocket) return answer // what follows is no answer of HTTP any more
  const safe = new Response(answer.body, { status: answer.status, headers: answer.headers, encodeBody: 'manual' })
  for (const [name, value] of Object.entries(ALWAYS)) if (!safe.headers.has(name)) safe.headers.set(name, value)
  safe.headers.set('x-request-id', requestId)
  return safe
}

/** The reader's id for this request when it is a plain word, or a new one. */
export function requestIdOf(request: Request): string {
  const given = request.headers.get('x-request-id') ?? ''
  return /^[\w-]{8,64}$/.test(given) ? given : crypto.randomUUID()
}
