/**
 * Runs the public HTTP cache suite against the Worker; exits with 1 when a test that held no longer does.
 * An argument is the id of one test to show; `--write` takes down all that hold now.
 */

import { readFile, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'

import { getResults, runTests, type Outcome, type SuiteTest } from 'http-cache-tests/client/runner.mjs'
import handleConfig from 'http-cache-tests/server/handle-config.mjs'
import handleState from 'http-cache-tests/server/handle-state.mjs'
import handleTest from 'http-cache-tests/server/handle-test.mjs'
import suites from 'http-cache-tests/tests/index.mjs'
import surrogate from 'http-cache-tests/tests/surrogate-control.mjs'
import fetch from 'node-fetch'

import { start } from '../worker.ts'

const RATCHET = fileURLToPath(new URL('held.txt', import.meta.url))
const every = [...suites, surrogate as unknown as (typeof suites)[number]]
const tests = new Map(every.flatMap((suite) => suite.tests).filter((test) => !test.browser_only).map((test) => [test.id, test]))

function origin(request: IncomingMessage, response: ServerResponse): void {
  // Without this one test leaves stray bytes on the connection, which break others.
  response.shouldKeepAlive = false
  const [, kind, ...path] = new URL(request.url ?? '/', 'http://origin').pathname.split('/')
  if (kind === 'config') handleConfig(path, request, response)
  else if (kind === 'state') handleState(path, request, response)
  else handleTest(path, request, response)
}

/** The one test to run and to show, if one is named. */
const only = process.argv[2] === '--write' ? undefined : process.argv[2]

async function outcomes(): Promise<Record<string, Outcome>> {
  const server = createServer(origin).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  const worker = await start(`http://127.0.0.1:${port}`, { ORIGIN_PATHS: '/' })
  const base = (await worker.ready).origin
  const chosen = only ? [{ tests: [{ ...tests.get(only), dump: true }] }] : every
  // Uncompressed, as a CDN would ask: miniflare's own gzip would take Content-Length off.
  const plain = (url: string, init: object) => fetch(url, { ...init, compress: false })
  await runTests(chosen, plain, false, base, 40)
  await worker.dispose()
  server.closeAllConnections()
  server.close()
  return getResults()
}

/** A test holds when it and all that it depends on do, as the suite's own page counts. */
function holds(id: string, results: Record<string, Outcome>): boolean {
  return results[id] === true && (tests.get(id)?.depends_on ?? []).every((each) => holds(each, results))
}

function count(kind: string, held: ReadonlySet<string>): string {
  const those = [...tests.values()].filter((test: SuiteTest) => (test.kind ?? 'required') === kind)
  return `${kind} ${those.filter((test) => held.has(test.id)).length}/${those.length}`
}

console.warn = () => undefined
const quiet = console.log
console.log = (...said: unknown[]) => (String(said[0]).startsWith('SERVER WARNING') ? undefined : quiet(...said))
const results = await outcomes()
const held = new Set([...tests.keys()].filter((id) => holds(id, results)))
if (only) {
  console.log(results)
  process.exit()
}
const kept = [...held].filter((id) => tests.get(id)?.kind !== 'check')
for (const [id, test] of tests) {
  if (test.kind !== 'check' && !held.has(id)) console.log(`${test.kind ?? 'required'} ${id}: ${String(results[id])}`)
}
console.log(`${count('required', held)}\n${count('optimal', held)}`)
if (process.argv[2] === '--write') await writeFile(RATCHET, kept.sort().join('\n') + '\n')
const before = (await readFile(RATCHET, 'utf8')).split('\n').filter(Boolean)
const lost = before.filter((id) => !held.has(id))
if (lost.length > 0) console.log(`no longer: ${lost.join(' ')}`)
process.exit(lost.length > 0 ? 1 : 0)
