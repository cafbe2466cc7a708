/** Asking the functions, with a deadline and with nothing in the request that could bend the answer. */

import { endToEnd } from './fields.ts'
import type { Environment } from './environment.ts'
import { requestIdOf } from './hardening.ts'
import { SURROGATE } from './policy.ts'
import { attested } from './client_attestation.ts'

const DEADLINE_MS = 10_000
/** Fields by which a reader could make some frameworks answer for another host, path, method or person. */
const BENDING = new RegExp(
  '^(x-(forwarded|origin|rewrite|override|http-|https$|method|host|ur[il]$|uidh$|wap-profile$|real|client|cluster|remote|scheme' +
    '|protocol|proxy|ssl|arr|middleware|envoy|amz|appengine|azure|vercel|nextjs|edge)' +
    '|forwarded|via$|proxy|wl-proxy|base-url$|request-uri$|destination$|cf-|fastly|akamai|fly-|true-client-ip|front-end-https)',
)
const ENCODINGS_DECODED = new Set(['gzip', 'x-gzip', 'br'])

/** The functions: where they are, and the secret by which they know us. */
export interface Origin {
  readonly url: string
  readonly secret: string | undefined
}

export function originOf({ ORIGIN, EDGE_SECRET }: Environment): Origin {
  return { url: ORIGIN, secret: EDGE_SECRET }
}

/** Sends a request for `target` to the origin; `conditions` replace the reader's own. */
export async function ask(
  origin: Origin,
  target: string,
  request: Request,
  conditions?: Record<string, string>,
  body: Uint8Array | null = null,
): Promise<Response> {
  const headers = forwarded(request, conditions)
  for (const [name, value] of await attested(origin.secret, request, target)) headers.set(name, value)
  const answer = await fetch(origin.url.replace(/\/$/, '') + target, {
    method: request.method,
    headers,
    body,
    redirect: 'manual',
    signal: AbortSignal.timeout(DEADLINE_MS),
    // Cloudflare's own cache must not stand between us and the origin.
    cf: { cacheTtlByStatus: { '100-599': -1 } },
  })
  return decoded(answer)
}

function forwarded(request: Request, conditions?: Record<string, string>): Headers {
  const { headers } = request
  const sent = endToEnd(headers)
  for (const name of [...sent.keys()]) if (BENDING.test(name)) sent.delete(name)
  if (conditions !== undefined) {
    for (const name of ['if-none-match', 'if-modified-since', 'if-match', 'if-unmodified-since', 'if-range', 'range']) {
      sent.delete(name)
    }
    for (const [name, value] of Object.entries(conditions)) sent.set(name, value)
  }
  sent.delete('host')
  sent.delete('content-length')
  // Between the reader and us: the body is here already.
  sent.delete('expect')
  sent.set('accept-encoding', 'gzip')
  // Past the memory of one of many origin processes, which may not have heard yet what is out of date.
  sent.set('cache-control', 'no-cache')
  sent.set('x-request-id', requestIdOf(request))
  sent.set('surrogate-capability', `${SURROGATE}="Surrogate/1.0"`)
  const address = headers.get('cf-connecting-ip')
  if (address !== null) sent.set('x-forwarded-for', address)
  return sent
}

/** The runtime decodes these bodies but leaves the label on them; a stored one would be mislabelled for ever. */
function decoded(answer: Response): Response {
  const headers = endToEnd(answer.headers)
  if (ENCODINGS_DECODED.has((headers.get('content-encoding') ?? '').toLowerCase())) {
    headers.delete('content-encoding')
    headers.delete('content-length')
  }
  return new Response(answer.body, { status: answer.status, headers, encodeBody: 'manual' })
}
