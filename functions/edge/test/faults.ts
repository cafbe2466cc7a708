/** All that networks and providers do to an answer: what infra/rigs/faults.py does, for the Worker's tests. */

import type { Answer } from './origin.ts'

const PAGE = '<!doctype html><html><body><h1>Something went wrong</h1></body></html>'
const OVERSIZED_BYTES = 20_000_000
export const DELAY_MS = 5_000
const DRIP_MS = 200

/** Each spoils `good`, the answer's body, which is sent with `headers`. */
type Spoil = (good: string, headers: Record<string, string>) => Answer

const page = (status: number): Spoil => () => (_, response) => response.writeHead(status, { 'Content-Type': 'text/html' }).end(PAGE)

const json = (text: (good: string) => string): Spoil => (good, headers) => (_, response) => {
  response.writeHead(200, { ...headers, 'Content-Type': 'application/json' }).end(text(good))
}

export const FAULTS = {
  refused: () => (request) => request.socket.resetAndDestroy(),
  'black hole': () => () => undefined,
  '5 s delay': (good, headers) => (_, response) => {
    setTimeout(() => response.writeHead(200, headers).end(good), DELAY_MS)
  },
  drip: (good, headers) => (_, response) => {
    response.writeHead(200, headers)
    const timer = setInterval(() => response.write(good[0]), DRIP_MS)
    response.on('close', () => clearInterval(timer))
  },
  'reset mid-body': (good, headers) => (request, response) => {
    response.writeHead(200, { ...headers, 'Content-Length': String(good.length) }).write(good.slice(0, 5))
    setImmediate(() => request.socket.resetAndDestroy())
  },
  'closed mid-body': (good, headers) => (request, response) => {
    response.writeHead(200, headers).write(good.slice(0, 5))
    setImmediate(() => request.socket.end())
  },
  'not HTTP': () => (request) => request.socket.end('\x16\x03\x01 not HTTP at all\r\n\r\n'),
  '500 HTML': page(500),
  '200 HTML': page(200),
  '429': () => (_, response) => response.writeHead(429, { 'Content-Type': 'text/plain', 'Retry-After': '60' }).end('slow down'),
  '502 of a gateway': () => (_, response) => {
    response.writeHead(502, { 'Content-Type': 'application/json' }).end('{"message": "Internal server error"}')
  },
  'truncated JSON': json((good) => good.slice(0, -3)),
  'wrong schema': json(() => '{"result":{"of":"another schema"}}'),
  oversized: (_, headers) => (_request, response) => response.writeHead(200, headers).end(Buffer.alloc(OVERSIZED_BYTES, 'x')),
} satisfies Record<string, Spoil>

export type Fault = keyof typeof FAULTS
export const EVERY_FAULT = Object.keys(FAULTS) as Fault[]
