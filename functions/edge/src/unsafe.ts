/** Requests that change something: passed on, and what they changed is out of date (RFC 9111, section 4.4). */

import { withStatus } from './cache.ts'
import { targetOf } from './key.ts'
import { ask, type Origin } from './origin.ts'
import { away } from './problems.ts'

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/** The origin's answer, after `forget` was told which paths it put out of date. */
export async function change(
  origin: Origin,
  request: Request,
  body: Uint8Array | null,
  forget: (paths: readonly string[]) => Promise<unknown>,
): Promise<Response> {
  const url = new URL(request.url)
  let answer: Response
  try {
    answer = await ask(origin, targetOf(url), request, undefined, body)
  } catch (error) {
    return away(request, error)
  }
  const isDone = answer.status >= 200 && answer.status < 400
  if (isDone && !SAFE.has(request.method)) await forget(touched(url, new URL(origin.url), answer.headers))
  return withStatus(answer, `fwd=method; fwd-status=${answer.status}`)
}

/** The path asked for, and those of this host that Location and Content-Location name. */
function touched(url: URL, origin: URL, headers: Headers): string[] {
  const named = ['location', 'content-location'].map((name) => headers.get(name)).filter((value) => value !== null)
  const found = named.map((value) => (URL.canParse(value, url.href) ? new URL(value, url.href) : undefined))
  const ours = found.filter((each) => each !== undefined && [url.host, origin.host].includes(each.host))
  return [...new Set([url.pathname, ...ours.map((each) => each!.pathname)])]
}
