/** Bare workerd with the Worker in it, and with one that returns the same answer without thinking. */

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

import workerd from 'workerd'
import { unstable_getMiniflareWorkerOptions as declared } from 'wrangler'

import { HARDENED } from '../../src/hardening.ts'
import { encode, type Pair } from '../../src/entry.ts'
import { bundle } from '../worker.ts'

const CONFIG = fileURLToPath(new URL('workerd.capnp', import.meta.url))
const DECLARED = fileURLToPath(new URL('../../wrangler.jsonc', import.meta.url))
const VARIABLES = { ORIGIN: 'http://127.0.0.1:9', REQUESTS_PER_MINUTE: '1000000000' }
const DAY_MS = 86_400_000

/** An answer of 2 KB with the headers that the functions give it. */
const BODY = JSON.stringify({ match: 'x'.repeat(1_980) })
const HEADERS: Pair[] = [
  ['content-type', 'application/json'],
  ['cache-control', 'public, max-age=60'],
  ['etag', '"0123456789abcdef0123456789abcdef"'],
  ['vary', 'Accept-Encoding'],
]
const ADDRESSED: Pair[] = [
  ['cdn-cache-control', 'max-age=300, stale-while-revalidate=600, stale-if-error=3600'],
  ['cache-tag', 'match:epl-2526-arsenal-chelsea, odds'],
]

export interface Served {
  readonly edge: string
  readonly bare: string
  /** Ticks of processor time that workerd has used; the kernel's word, which other programs do not bend. */
  ticks(): number
  stop(): Promise<void>
}

export async function serve(): Promise<Served> {
  const folder = await mkdtemp(join(tmpdir(), 'sabiscore-edge-'))
  await write(folder)
  const child = spawn(workerd.default, ['serve', 'workerd.capnp', '--control-fd=3'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit', 'pipe'] })
  const ports = await listening(child.stdio[3] as Readable)
  const url = (name: string) => `http://127.0.0.1:${ports.get(name)}`
  const stop = async () => {
    child.kill()
    await new Promise((resolve) => child.once('exit', resolve))
    await rm(folder, { recursive: true })
  }
  const ticks = () => {
    // proc_pid_stat(5): after the name in brackets, user and system time are the 12th and 13th.
    const told = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
    return Number(told[11]) + Number(told[12])
  }
  return { edge: url('edge'), bare: url('bare'), ticks, stop }
}

async function write(folder: string): Promise<void> {
  const now = Date.now()
  const times = { stored_at: now, fresh_until: now + DAY_MS, stale_until: now + DAY_MS }
  const body = new TextEncoder().encode(BODY)
  const text = encode({ status: 200, headers: [...HEADERS, ...ADDRESSED], body, ...times, tags: ['odds'] })
  const own: Pair[] = [
    ['date', new Date(now).toUTCString()],
    ['age', '10'],
    ['cache-status', 'SabiScore-Edge; hit; ttl=86390; detail=memory'],
    ['x-request-id', crypto.randomUUID()],
  ]
  // As anybody would write it: a string, and the headers in an object.
  const bare = `const init = { headers: ${JSON.stringify(Object.fromEntries([...HEADERS, ...own, ...HARDENED]))} }`
  await mkdir(join(folder, 'nothing'))
  await mkdir(join(folder, 'objects'))
  await writeFile(join(folder, 'workerd.capnp'), readFileSync(CONFIG, 'utf8').replace('# VARIABLES', variables()))
  await writeFile(join(folder, 'edge.js'), await bundle())
  await writeFile(join(folder, 'kv.js'), `const text = new TextEncoder().encode(${JSON.stringify(text)})\nexport default { fetch: () => new Response(text) }`)
  await writeFile(join(folder, 'bare.js'), `${bare}\nexport default { fetch: () => new Response(${JSON.stringify(BODY)}, init) }`)
}

/** What wrangler.jsonc declares, without a limit, as bindings of workerd. */
function variables(): string {
  const { bindings } = declared(DECLARED).workerOptions
  const pairs = Object.entries({ ...(bindings as Record<string, string>), ...VARIABLES })
  return pairs.map(([name, text]) => `(name = ${JSON.stringify(name)}, text = ${JSON.stringify(text)}),`).join('\n    ')
}

/** The ports of both sockets, by name, once both listen. */
async function listening(told: Readable): Promise<Map<string, number>> {
  const ports = new Map<string, number>()
  for await (const line of createInterface({ input: told })) {
    const { event, socket, port } = JSON.parse(line) as { event: string; socket?: string; port?: number }
    if (event === 'listen' && socket !== undefined && port !== undefined) ports.set(socket, port)
    if (ports.size === 2) return ports
  }
  throw new Error('workerd ended before it listened.')
}
