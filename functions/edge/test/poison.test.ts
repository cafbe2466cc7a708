/** Pairs of a reader who wants to bend the answer and one who asks plainly afterwards: the second is never the worse for it. */

import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'

import { Origin, type Answer } from './origin.ts'
import { Reader, textOf, type Seen } from './reader.ts'
import { start } from './worker.ts'

const PAIRS = 5_000
const AT_ONCE = 24
const SEED = 20_250_815

const BENDING = ['X-Forwarded-Host', 'X-Forwarded-Proto', 'X-Forwarded-Port', 'X-Forwarded-Prefix', 'X-Forwarded-Scheme',
  'X-Forwarded-Server', 'X-Forwarded-For', 'Forwarded', 'X-Host', 'X-Original-URL', 'X-Original-Host', 'X-Rewrite-URL',
  'X-Override-URL', 'X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override', 'X-HTTP-Host-Override', 'X-HTTP-Path-Override',
  'X-Real-IP', 'X-Client-IP', 'X-Cluster-Client-IP', 'X-Remote-Addr', 'X-Originating-IP', 'True-Client-IP', 'CF-Worker',
  'Fastly-Client-IP', 'Front-End-Https', 'X-Arr-SSL', 'X-SSL', 'X-Scheme', 'X-Url', 'X-URI', 'Base-Url', 'Request-URI', 'Destination',
  'Proxy', 'Proxy-Host', 'X-Proxy-URL', 'Via', 'X-Wap-Profile', 'X-Middleware-Prefetch', 'X-Nextjs-Data', 'X-Amz-Website-Redirect-Location',
  'X-Edge-Asked-At', 'X-Edge-Variant'] as const
const VALUES = ['evil', 'evil.example', 'evil.example:1337', 'POST', 'DELETE', '/evil', '//evil', '/admin?x=1', '127.0.0.1', 'https',
  'evil"\'<script>alert(1)</script>', 'for=127.0.0.1;host=evil', '1']

/** The origin at its worst: what it is told goes into an answer that anybody may keep. */
const reflect: Answer = (request, response) => {
  const { headers } = request
  const told = [...BENDING, 'Authorization', 'Cookie'].map((name) => headers[name.toLowerCase()] ?? '').join('')
  const kept: Record<string, string> = { 'Cache-Control': 'max-age=50', 'Content-Type': 'text/plain' }
  if (Object.values(headers).some((value) => String(value).length > 4_000)) {
    response.writeHead(431, { 'Content-Type': 'application/problem+json' }).end('{}')
  } else if (headers.range !== undefined) {
    response.writeHead(206, { ...kept, 'Content-Range': 'bytes 0-0/9' }).end('p')
  } else if (headers['if-none-match'] !== undefined) {
    response.writeHead(304, kept).end()
  } else {
    const cookie = headers['x-want-cookie'] === undefined ? {} : { 'Set-Cookie': 'session=evil' }
    response.writeHead(200, { ...kept, ...cookie }).end(said(request, told + (headers['x-want-cookie'] ?? '')))
  }
}

const said = ({ method, url, headers }: IncomingMessage, told: string) => `${method} ${headers.host} ${url} [${told}]`

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Poison {
  readonly path: string
  readonly headers?: Record<string, string>
  readonly method?: string
}

type Draw = <T>(from: readonly T[]) => T

/** What the first reader may try, each for a second reader who asks for `path` plainly. */
const TRICKS: readonly ((path: string, draw: Draw) => Poison)[] = [
  (path, draw) => ({ path, headers: { [draw(BENDING)]: draw(VALUES) } }),
  (path, draw) => ({ path, headers: { [draw(BENDING)]: draw(VALUES), [draw(BENDING)]: draw(VALUES) } }),
  (path, draw) => ({ path, headers: { Host: draw(['evil.example', 'evil.example:80', '127.0.0.1', 'localhost', 'a.b.evil']) } }),
  (path, draw) => ({ path, headers: { Host: 'evil.example', [draw(BENDING)]: draw(VALUES) }, method: 'HEAD' }),
  (path, draw) => ({ path, headers: { [draw(['X-HTTP-Method-Override', 'X-Method-Override'])]: draw(['GET', 'PUT']) }, method: draw(['POST', 'PUT']) }),
  (path, draw) => ({ path, headers: { Authorization: draw(['Bearer evil', 'Basic ZXZpbA==']) } }),
  (path, draw) => ({ path, headers: { Cookie: draw(['session=evil', 'a=1; session=evil']) } }),
  (path, draw) => ({ path, headers: { 'X-Want-Cookie': draw(VALUES) } }),
  (path, draw) => ({ path, headers: { Range: draw(['bytes=0-0', 'bytes=-1', 'bytes=0-,1-', 'lines=1']) } }),
  (path, draw) => ({ path, headers: { 'If-None-Match': draw(['*', '"evil"']) } }),
  (path, draw) => ({ path, headers: { 'X-Oversized': 'x'.repeat(5_000), [draw(BENDING)]: draw(VALUES) } }),
  (path, draw) => ({ path, headers: { Connection: draw(['close, Host', 'X-Request-Id', 'Accept-Encoding, Host', 'Surrogate-Capability']) } }),
  (path, draw) => ({ path, headers: { 'Accept-Encoding': draw(['br', 'identity;q=0', 'evil']) } }),
  (path, draw) => ({ path: `${path}${draw(['&', '&&', ''])}`, headers: { [draw(BENDING)]: draw(VALUES) } }),
  // Another address that a careless cache would take for the same.
  (path, draw) => ({ path: path.replace('/deep/', draw(['%2Fdeep/', '%2fdeep%2f', '//deep/', '/deep%2F', '/%64eep/', '/deep;evil/', '\\deep/'])) }),
  (path, draw) => ({ path: path.replace('a=1', draw(['a=1&a=evil', 'a=1%26b=2', 'a=1;b=evil', 'A=1', 'a=%31', 'a=1&utm_content=evil', 'a', 'a=1%00'])) }),
]

/** The target as the origin is to be asked for it: the path as it came, the query sorted. */
function plain(path: string): string {
  const [before = '', query = ''] = path.split('?')
  return `${before}?${query.split('&').sort().join('&')}`
}

test(`${PAIRS} seeded pairs: no reader can bend or leave behind what the next one gets`, async () => {
  const origin = await Origin.start()
  const worker = await start(origin.url)
  const reader = new Reader((await worker.ready).origin, AT_ONCE)
  origin.answer = reflect
  const random = seeded(SEED)
  const draw: Draw = (from) => from[Math.floor(random() * from.length)]!
  const host = new URL(origin.url).host
  // The platform's own words: which Worker asked, and for which address.
  const clean = textOf(await reader.ask('/api/v1/clean')).split(' ').at(-1)
  const poisoned: string[] = []
  const statuses = new Map<number, number>()

  const pair = async (at: number): Promise<void> => {
    const path = `/api/v1/p${at}/deep/x?${draw(['a=1&b=2', 'b=2&a=1', 'c=%2F&a=1'])}`
    const poison = TRICKS[at % TRICKS.length]!(path, draw)
    const { status } = await reader.ask(poison.path, poison.headers, poison.method)
    statuses.set(status, (statuses.get(status) ?? 0) + 1)

    const second: Seen = await reader.ask(path)
    const isPlain = second.status === 200 && textOf(second) === `GET ${host} ${plain(path)} ${clean}`
    if (!isPlain || second.headers['set-cookie'] !== undefined) {
      poisoned.push(`${JSON.stringify(poison)}: ${second.status} ${textOf(second).slice(0, 200)}`)
    }
  }
  let next = 0
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      while (next < PAIRS) await pair(next++)
    }))
  } finally {
    reader.stop()
    await worker.dispose()
    origin.stop()
  }
  assert.deepEqual(poisoned.slice(0, 10), [], `${poisoned.length} poisoned`)
  // The tricks really reached the Worker: most of them are answered as any other request.
  assert.ok((statuses.get(200) ?? 0) > PAIRS / 2, JSON.stringify([...statuses]))
})
