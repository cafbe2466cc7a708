/** Errors as RFC 9457 problem documents, with the members that the functions' own errors have. */

import { requestIdOf } from './hardening.ts'

const TITLES = {
  'bad-request': 'The request cannot be read',
  unauthorized: 'The signature does not hold',
  forbidden: 'This is not open to you',
  'not-found': 'Nothing is here',
  'method-not-allowed': 'The method is not allowed here',
  'precondition-failed': 'The answer is not the expected one',
  'body-too-large': 'The body is too large',
  'uri-too-long': 'The address is too long',
  'range-not-satisfiable': 'There are no such bytes',
  'fields-too-large': 'The header fields are too large',
  'upgrade-required': 'A WebSocket is needed',
  'too-many-requests': 'Too many requests',
  unavailable: 'A part that is needed is away',
  timeout: 'No answer in time',
  'not-stored': 'No stored answer',
} as const

export type Slug = keyof typeof TITLES

export function problem(
  request: Request,
  status: number,
  slug: Slug,
  detail: string,
  headers: Record<string, string> = {},
): Response {
  const document = {
    type: `/docs#problem-${slug}`,
    title: TITLES[slug],
    status,
    detail,
    instance: new URL(request.url).pathname.slice(0, 200),
    request_id: requestIdOf(request),
    hint: '',
    candidates: [],
    errors: [],
  }
  const all = { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store', ...headers }
  return new Response(JSON.stringify(document), { status, headers: all })
}

/** 503 for an origin that is away or answers with what is not its own, 504 for one that is slow. */
export function away(request: Request, error: unknown): Response {
  const isSlow = error instanceof Error && error.name === 'TimeoutError'
  const detail = isSlow ? 'The origin did not answer in time.' : 'The origin cannot be reached.'
  return problem(request, isSlow ? 504 : 503, isSlow ? 'timeout' : 'unavailable', detail, { 'Retry-After': '30' })
}
