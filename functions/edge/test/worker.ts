/** The Worker as it is deployed, bundled and minified, in workerd on 127.0.0.1. */

import { fileURLToPath } from 'node:url'

import { build } from 'esbuild'
import { Miniflare } from 'miniflare'

const FOLDER = fileURLToPath(new URL('..', import.meta.url))
export const SECRET = `whsec_${Buffer.from('a secret of the tests, 32 bytes.').toString('base64')}`

/** The Worker's one file. */
export async function bundle(): Promise<string> {
  const built = await build({
    entryPoints: [`${FOLDER}src/index.ts`],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker'],
    external: ['cloudflare:*'],
    write: false,
  })
  return built.outputFiles[0]!.text
}

/** Starts the Worker in front of `origin`; `bindings` replace those of wrangler.jsonc. */
export async function start(origin: string, bindings: Record<string, string> = {}): Promise<Miniflare> {
  return new Miniflare({
    host: '127.0.0.1',
    port: 0,
    modules: true,
    script: await bundle(),
    compatibilityDate: '2026-07-01',
    bindings: {
      ORIGIN: origin,
      ORIGIN_PATHS: '/api/ /health /docs /openapi.json',
      REQUESTS_PER_MINUTE: '1000000',
      EDGE_SECRET: SECRET,
      ...bindings,
    },
    kvNamespaces: ['ENTRIES'],
    durableObjects: { PURGES: { className: 'Purges', useSQLite: true } },
    assets: {
      directory: `${FOLDER}public`,
      binding: 'ASSETS',
      routerConfig: { has_user_worker: true, invoke_user_worker_ahead_of_assets: true },
    },
  })
}
