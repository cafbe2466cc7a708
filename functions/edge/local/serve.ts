/**
 * `node local/serve.ts PORT FOLDER [INSPECTOR]`: the Worker on http://127.0.0.1:PORT, what it keeps in FOLDER,
 * its heap to be looked at on port INSPECTOR.
 *
 * The environment names the origin and the secrets, as `wrangler secret` does in production. Ends with SIGINT,
 * SIGTERM, or whoever started it: then its standard input ends.
 */

import { run } from './worker.ts'

const TAKEN = ['ORIGIN', 'REQUESTS_PER_MINUTE', 'EDGE_SECRET', 'UPSTASH_REDIS_REST_URL', 'UPSTASH_REDIS_REST_TOKEN']

const [port = '0', keepIn = '', inspector] = process.argv.slice(2)
const given = TAKEN.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))
const worker = await run({
  bindings: Object.fromEntries(given),
  port: Number(port),
  keepIn,
  ...(inspector ? { inspectorPort: Number(inspector) } : {}),
})
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
