/**
 * `node local/deployed.ts PORT FOLDER`: a Worker in workerd as it was sent to Cloudflare, on http://127.0.0.1:PORT.
 *
 * FOLDER holds `worker.json`, its modules and its `site/`. Of its bindings nothing is changed; calls to one of the
 * `hosts` go to the address on this machine that stands there. Ends with SIGINT, SIGTERM, or its standard input.
 */

import { readFileSync } from 'node:fs'

import { Miniflare, Response, fetch, type MiniflareOptions, type Request } from 'miniflare'

interface Binding {
  readonly name: string
  readonly type: string
  readonly text?: string
  readonly class_name?: string
  readonly namespace_id?: string
}

interface Sent {
  readonly metadata: {
    readonly main_module: string
    readonly compatibility_date: string
    readonly compatibility_flags: string[]
    readonly assets?: { readonly config?: Record<string, unknown> }
  }
  readonly modules: string[]
  readonly bindings: Binding[]
  readonly hosts: Record<string, string>
}

const [port = '0', folder = ''] = process.argv.slice(2)
const sent = JSON.parse(readFileSync(`${folder}/worker.json`, 'utf8')) as Sent
const { metadata } = sent

function of<T>(types: string[], value: (binding: Binding) => T): Record<string, T> {
  return Object.fromEntries(sent.bindings.filter(({ type }) => types.includes(type)).map((each) => [each.name, value(each)]))
}

/** The main module comes first. */
const names = [metadata.main_module, ...sent.modules.filter((name) => name !== metadata.main_module)]
const { html_handling, not_found_handling } = metadata.assets?.config ?? {}
const assets = Object.keys(of(['assets'], () => true))[0]

async function outside(request: Request): Promise<Response> {
  const url = new URL(request.url)
  const here = sent.hosts[url.hostname]
  return (await fetch(here === undefined ? request.url : here + url.pathname + url.search, request)) as unknown as Response
}

const worker = new Miniflare({
  host: '127.0.0.1',
  port: Number(port),
  compatibilityDate: metadata.compatibility_date,
  compatibilityFlags: metadata.compatibility_flags,
  modulesRoot: folder,
  modules: names.map((name) => ({ type: 'ESModule', path: `${folder}/${name}` })),
  bindings: of(['plain_text', 'secret_text'], ({ text }) => text ?? ''),
  kvNamespaces: of(['kv_namespace'], ({ namespace_id }) => namespace_id ?? ''),
  durableObjects: of(['durable_object_namespace'], ({ class_name }) => ({ className: class_name, useSQLite: true })),
  outboundService: outside,
  assets: {
    directory: `${folder}/site`,
    binding: assets,
    routerConfig: { has_user_worker: true, invoke_user_worker_ahead_of_assets: true },
    assetConfig: { html_handling, not_found_handling },
  },
} as unknown as MiniflareOptions)
await worker.ready

let isEnding = false
async function end(): Promise<void> {
  if (isEnding) return
  isEnding = true
  await worker.dispose()
  process.exit(0)
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void end())
process.stdin.on('end', () => void end()).resume()
