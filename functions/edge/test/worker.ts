/** The Worker in workerd as the tests want it. */

import type { Miniflare } from 'miniflare'

import { run } from '../local/worker.ts'

export { bundle } from '../local/worker.ts'

export const SECRET = `whsec_${Buffer.from('a secret of the tests, 32 bytes.').toString('base64')}`

/** Starts the Worker in front of `origin`; `bindings` replace those of wrangler.jsonc. */
export async function start(origin: string, bindings: Record<string, string> = {}, entry?: string): Promise<Miniflare> {
  const told = { ORIGIN: origin, REQUESTS_PER_MINUTE: '1000000', PAGES_PER_MINUTE: '1000000', EDGE_SECRET: SECRET, ...bindings }
  return run({ bindings: told, ...(entry && { entry }) })
}
