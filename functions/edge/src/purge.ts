/** POST /edge/purge, signed: `{"tags": […], "paths": […]}` is out of date from now on. */

import { isTag } from './entry.ts'
import { problem } from './problems.ts'
import { signedId } from './signature.ts'

export const PURGE_PATH = '/edge/purge'
const EMPTY = new Uint8Array()
const MOST_TARGETS = 200
/** A path of ours as it is kept: no query, no host, no way up. */
const PATH = /^\/(?!\/)(?!.*(?:\/\.{1,2}(?:\/|$)|\/\/))[A-Za-z0-9._~!$&'()*+,;=:@%/-]{0,399}$/

export interface Purger {
  isNew(id: string): Promise<boolean>
  purge(targets: readonly string[]): Promise<void>
}

export async function purge(
  request: Request,
  body: Uint8Array | null,
  secret: string | undefined,
  purger: Purger,
  now: number,
): Promise<Response> {
  if (request.method !== 'POST') {
    return problem(request, 405, 'method-not-allowed', 'Purges are sent with POST.', { Allow: 'POST' })
  }
  const text = new TextDecoder().decode(body ?? EMPTY)
  const id = secret ? await signedId(request.headers, body ?? EMPTY, secret, now) : undefined
  if (id === undefined) return problem(request, 401, 'unauthorized', 'The call is not signed as it should be.')
  const targets = targetsOf(text)
  if (targets === undefined) {
    return problem(request, 400, 'bad-request', 'Send {"tags": […], "paths": […]} with one target to two hundred.')
  }
  if (!(await purger.isNew(id))) return problem(request, 401, 'unauthorized', 'This call was made before.')
  await purger.purge(targets)
  return Response.json({ purged: targets, timestamp: new Date(now).toISOString() }, { headers: { 'Cache-Control': 'no-store' } })
}

function targetsOf(body: string): string[] | undefined {
  try {
    const { tags = [], paths = [] } = JSON.parse(body) as { tags?: unknown; paths?: unknown }
    if (!Array.isArray(tags) || !Array.isArray(paths) || !tags.every(isTag) || !paths.every(isPath)) return undefined
    const targets = [...new Set<string>([...tags, ...paths])]
    return targets.length > 0 && targets.length <= MOST_TARGETS ? targets : undefined
  } catch {
    return undefined
  }
}

function isPath(path: unknown): path is string {
  return typeof path === 'string' && PATH.test(path)
}
