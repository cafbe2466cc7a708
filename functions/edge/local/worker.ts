/** The Worker as it is deployed, bundled and minified, in workerd on 127.0.0.1. */

import { fileURLToPath } from 'node:url'

import { build } from 'esbuild'
import { Miniflare, type MiniflareOptions } from 'miniflare'
import { unstable_getMiniflareWorkerOptions as declared } from 'wrangler'

/** What Cloudflare gives an isolate, in MB; workerd by itself lets heaps grow by the machine's memory before it collects. */
const HEAP_MB = 128

const FOLDER = fileURLToPath(new URL('..', import.meta.url))

/** The Worker's one file, made from `entry`. */
export async function bundle(entry = 'src/index.ts'): Promise<string> {
  const built = await build({
    entryPoints: [FOLDER + entry],
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

export interface Local {
  /** Added to the variables of wrangler.jsonc, and to be used instead of them. */
  readonly bindings: Record<string, string>
  /** Of 127.0.0.1; 0 for any. */
  readonly port?: number
  /** Where KV and Durable Objects stay when this Worker ends; nowhere by default. */
  readonly keepIn?: string
  /** In place of src/index.ts. */
  readonly entry?: string
  /** In place of wrangler.jsonc. */
  readonly config?: string
  /** Where the heaps of workerd's isolates can be looked at (local/heap.ts); nowhere by default. */
  readonly inspectorPort?: number
}

/** Starts what `config` declares. */
export async function run(local: Local): Promise<Miniflare> {
  const { bindings, port = 0, keepIn, entry, config = 'wrangler.jsonc', inspectorPort } = local
  process.env.MINIFLARE_WORKERD_V8_FLAGS ??= `--max-heap-size=${HEAP_MB}`
  const { workerOptions } = declared(FOLDER + config)
  const kept = keepIn === undefined ? {} : { kvPersist: `${keepIn}/kv`, durableObjectsPersist: `${keepIn}/objects` }
  return new Miniflare({
    ...(workerOptions as MiniflareOptions),
    ...kept,
    ...(inspectorPort === undefined ? {} : { inspectorPort }),
    host: '127.0.0.1',
    port,
    modules: true,
    script: await bundle(entry),
    bindings: { ...(workerOptions.bindings as Record<string, string>), ...bindings },
  } as MiniflareOptions)
}
