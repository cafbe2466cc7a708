/** What only readers of pages get: static files, and errors in words. */

import { isUnder } from './address.ts'
import { conditional } from './answer.ts'
import type { Environment } from './environment.ts'
import { CONDITIONAL } from './preconditions.ts'
import { problem } from './problems.ts'

/** Named by the hash of what they hold, so that they never change. */
const HASHED = '/assets/'
const FOREVER = 'public, max-age=31536000, immutable'
/** The statuses that have a page in words among the static files; others are told as the nearest. */
const IN_WORDS: Record<number, string> = { 404: '/404.html', 429: '/429.html', 503: '/503.html', 504: '/503.html' }

/** Whether the functions have a page at `path`: the root, and none but that ends with a slash. */
export function isPage(path: string, pages: readonly string[]): boolean {
  return path === '/' || (!path.endsWith('/') && isUnder(path, pages))
}

/** A static file, with its preconditions looked at here: the assets know of one of them only. */
export async function staticFile(request: Request, environment: Environment): Promise<Response> {
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  const headers = new Headers(request.headers)
  for (const name of CONDITIONAL) headers.delete(name)
  const file = await environment.ASSETS.fetch(request.url, { method: isRead ? request.method : 'HEAD', headers, redirect: 'manual' })
  if (file.status === 404) return problem(request, 404, 'not-found', 'There is nothing at this address.')
  if (!isRead) return problem(request, 405, 'method-not-allowed', 'Pages are only read.', { Allow: 'GET, HEAD' })
  const answer = new Response(file.body, file)
  if (new URL(request.url).pathname.startsWith(HASHED)) answer.headers.set('cache-control', FOREVER)
  return conditional(answer, request)
}

/** `answer` as a page in words where it is an error of ours and the reader takes pages; else as it is. */
export async function inWords(answer: Response, request: Request, environment: Environment): Promise<Response> {
  const page = IN_WORDS[answer.status]
  const isProblem = answer.headers.get('content-type') === 'application/problem+json'
  if (page === undefined || !isProblem || !takesPages(request)) return answer
  const words = await environment.ASSETS.fetch(new URL(page, request.url).href)
  if (words.status !== 200) return answer
  void answer.body?.cancel()
  const headers = new Headers(answer.headers)
  headers.set('content-type', 'text/html; charset=utf-8')
  return new Response(request.method === 'HEAD' ? null : words.body, { status: answer.status, headers })
}

function takesPages(request: Request): boolean {
  return (request.headers.get('accept') ?? '').includes('text/html')
}
