/** A new edge model, sent by a schedule in a signed call: checked, then stored. The signature is of its SHA-256. */

import { problem } from '../src/problems.ts'
import { signedId } from '../src/signature.ts'
import type { Environment } from './environment.ts'
import { EdgeModel } from './insight.ts'
import { keyOf, POINTER, sha256Of, type Pointer } from './kept.ts'
import { BadModel } from './packed.ts'

export const UPLOAD_PATH = '/edge/model'
const MOST_BYTES = 16 * 1024 * 1024
/** A model answers for the day of its publication only. */
const STORED_S = 2 * 24 * 60 * 60

/** 200 with the model's SHA-256 once it is stored. */
export async function receive(request: Request, { MODELS, EDGE_SECRET }: Environment, now: number): Promise<Response> {
  if (request.method !== 'POST') return problem(request, 405, 'method-not-allowed', 'Models are sent with POST.', { Allow: 'POST' })
  if (!(Number(request.headers.get('content-length') ?? NaN) <= MOST_BYTES)) {
    return problem(request, 413, 'body-too-large', `A model has a length, of at most ${MOST_BYTES} bytes.`)
  }
  const bytes = await request.arrayBuffer()
  const sha256 = await sha256Of(bytes)
  const id = await signedId(request.headers, new TextEncoder().encode(sha256), EDGE_SECRET ?? '', now)
  if (id === undefined) return problem(request, 401, 'unauthorized', 'The call is not signed with the secret of this Worker.')
  let as_of: string
  try {
    as_of = new EdgeModel(bytes).header.as_of
  } catch (error) {
    if (!(error instanceof BadModel || error instanceof SyntaxError)) throw error
    return problem(request, 400, 'bad-request', `This is no edge model: ${error.message}.`)
  }
  const before = await MODELS.get<Pointer>(POINTER, 'json')
  if (before !== null && Date.parse(before.as_of) > Date.parse(as_of)) {
    return problem(request, 409, 'precondition-failed', `The model of ${before.as_of} is newer.`)
  }
  // The pointer last: whoever follows it finds the model.
  await MODELS.put(keyOf(sha256), bytes, { expirationTtl: STORED_S })
  await MODELS.put(POINTER, JSON.stringify({ sha256, as_of } satisfies Pointer))
  return Response.json({ model: sha256 }, { headers: { 'cache-control': 'no-store' } })
}
