/**
 * The Worker between the one in front and the functions: it answers for pairings that are in no calendar, from the
 * edge model that a schedule uploaded, and passes on everything else.
 */

import type { Environment } from './environment.ts'
import { Kept } from './kept.ts'
import { receive, UPLOAD_PATH } from './upload.ts'

const INSIGHTS_PATH = '/api/v1/insights'
const MOST_BODY_BYTES = 4_096
/** Says who computed an answer: without it, the functions did. */
const COMPUTED_BY = 'computed-by'

interface Asked {
  readonly matchup: string
  readonly league: string | null
}

const kept = new Kept()

/** What `body` asks for; undefined where the functions have to say what is wrong with it. */
function askedBy(body: string): Asked | undefined {
  let asked: unknown
  try {
    asked = JSON.parse(body)
  } catch {
    return undefined
  }
  if (typeof asked !== 'object' || asked === null) return undefined
  const { matchup, league = null, ...others } = asked as Record<string, unknown>
  const isAsked = typeof matchup === 'string' && (league === null || typeof league === 'string') && Object.keys(others).length === 0
  return isAsked ? { matchup, league } : undefined
}

function isForUs(request: Request, url: URL): boolean {
  const isJson = /^application\/json(?:\s*;|$)/i.test(request.headers.get('content-type') ?? '')
  const length = Number(request.headers.get('content-length') ?? NaN)
  return request.method === 'POST' && url.pathname === INSIGHTS_PATH && url.search === '' && isJson && length <= MOST_BODY_BYTES
}

async function answered(body: string, environment: Environment, context: ExecutionContext): Promise<Response | undefined> {
  const asked = askedBy(body)
  const model = asked && (await kept.model(environment.MODELS, context, Date.now()))
  if (asked === undefined || model === undefined) return undefined
  const pairing = model.pairing(asked.matchup, asked.league, Date.now())
  if (pairing === undefined) return undefined
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store', [COMPUTED_BY]: `edge-model/${model.header.version}` }
  return new Response(JSON.stringify(model.insight(pairing, Date.now())), { headers })
}

/** The functions' own answer. */
function passedOn(request: Request, url: URL, { ORIGIN }: Environment, body: BodyInit | null): Promise<Response> {
  const headers = new Headers(request.headers)
  for (const name of [...headers.keys()]) if (name === 'host' || name.startsWith('cf-')) headers.delete(name)
  return fetch(ORIGIN.replace(/\/$/, '') + url.pathname + url.search, {
    method: request.method,
    headers,
    body,
    redirect: 'manual',
    cf: { cacheTtlByStatus: { '100-599': -1 } },
  })
}

export default {
  async fetch(request: Request, environment: Environment, context: ExecutionContext): Promise<Response> {
    const url = new URL(request.url)
    if (url.pathname === UPLOAD_PATH) return receive(request, environment, Date.now())
    if (!isForUs(request, url)) return passedOn(request, url, environment, request.body)
    const body = await request.text()
    try {
      const answer = await answered(body, environment, context)
      if (answer !== undefined) return answer
    } catch (error) {
      console.warn(`The edge model gave no answer: ${String(error)}`)
    }
    return passedOn(request, url, environment, body)
  },
}
