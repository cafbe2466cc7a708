/** Rooms, one a match: who may come in at /ws/edge/{match_id}, and whose word reaches all who are inside. */

import { LARGEST_BROADCAST } from './room_limits.ts'
import type { Environment } from './environment.ts'
import { problem } from './problems.ts'
import { signedId } from './signature.ts'

const PATH = /^\/(ws\/edge|edge\/broadcast)\/([^/]*)$/
/** league-season-home-away[-leg] in lower case; the season is the first four digits like 2526: clubs may have a year too. */
const MATCH_ID = /^(?=.{1,120}$)[a-z0-9]+(?:-[a-z0-9]+)*?-(\d\d)(\d\d)(?:-[a-z0-9]+){2,}$/

/** The answer to a request that concerns a room; `undefined` for all others. */
export async function inRoom(
  request: Request,
  body: Uint8Array | null,
  path: string,
  environment: Environment,
): Promise<Response | undefined> {
  const [, door, id = ''] = PATH.exec(path) ?? []
  if (door === undefined) return undefined
  if (!isMatchId(id)) return problem(request, 404, 'not-found', 'Rooms are named like epl-2526-arsenal-chelsea.')
  try {
    return await (door === 'ws/edge' ? enter(request, id, environment) : broadcast(request, body ?? new Uint8Array(), id, environment))
  } catch (error) {
    console.warn(`room ${id}: ${String(error)}`)
    return problem(request, 503, 'unavailable', 'The room cannot be reached.', { 'Retry-After': '5' })
  }
}

export function isMatchId(id: string): boolean {
  const [, first, second] = MATCH_ID.exec(id) ?? []
  return first !== undefined && (Number(first) + 1) % 100 === Number(second)
}

async function enter(request: Request, id: string, { ROOMS, SITE_ORIGINS }: Environment): Promise<Response> {
  if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') {
    // RFC 9110 wants this field; workerd keeps it to itself.
    return problem(request, 426, 'upgrade-required', 'A room is entered with a WebSocket.', { Upgrade: 'websocket' })
  }
  if (!isWelcome(request, SITE_ORIGINS)) return problem(request, 403, 'forbidden', 'Rooms are open to our own pages.')
  const answer = await ROOMS.get(ROOMS.idFromName(id)).fetch(request)
  return answer.webSocket ? answer : new Response(answer.body, answer)
}

/** Pages of this host and of those listed may come in, and whoever is no page: browsers always name theirs. */
function isWelcome(request: Request, listed: string): boolean {
  const origin = request.headers.get('origin')
  if (origin === null || listed.split(' ').filter(Boolean).includes(origin)) return true
  return URL.canParse(origin) && new URL(origin).host === new URL(request.url).host
}

/** POST, signed: `{"match_id": "…", "data": {…}}`. It names its room, so that no copy of it fits another one. */
async function broadcast(request: Request, body: Uint8Array, id: string, { ROOMS, EDGE_SECRET }: Environment): Promise<Response> {
  if (request.method !== 'POST') {
    return problem(request, 405, 'method-not-allowed', 'Broadcasts are sent with POST.', { Allow: 'POST' })
  }
  const call = EDGE_SECRET ? await signedId(request.headers, body, EDGE_SECRET, Date.now()) : undefined
  if (call === undefined) return problem(request, 401, 'unauthorized', 'The call is not signed as it should be.')
  if (body.length > LARGEST_BROADCAST) {
    return problem(request, 413, 'body-too-large', `A broadcast has at most ${LARGEST_BROADCAST} bytes.`)
  }
  const data = dataOf(new TextDecoder().decode(body), id)
  if (data === undefined) return problem(request, 400, 'bad-request', `Send {"match_id": "${id}", "data": {…}}.`)
  const reached = await ROOMS.get(ROOMS.idFromName(id)).broadcast(call, data)
  if (reached === undefined) return problem(request, 401, 'unauthorized', 'This call was made before.')
  return Response.json({ match_id: id, reached }, { headers: { 'Cache-Control': 'no-store' } })
}

/** The text of the object to send; `undefined` when `body` is not one of ours for the room `id`. */
function dataOf(body: string, id: string): string | undefined {
  try {
    const { match_id, data, ...others } = JSON.parse(body) as Record<string, unknown>
    const isObject = typeof data === 'object' && data !== null && !Array.isArray(data)
    return match_id === id && isObject && Object.keys(others).length === 0 ? JSON.stringify(data) : undefined
  } catch {
    return undefined
  }
}
