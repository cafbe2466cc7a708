/** Bytes and their label agree for every reader, whatever the origin encoded and wherever the answer is kept. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { brotliCompressSync, gzipSync } from 'node:zlib'

import type { Miniflare } from 'miniflare'

import { Origin, say } from './origin.ts'
import { Reader, textOf } from './reader.ts'
import { start } from './worker.ts'

const TEXT = JSON.stringify({ said: 'Köln gegen Málaga ⚽ '.repeat(200) })
const HEADERS = { 'CDN-Cache-Control': 'max-age=300', 'Content-Type': 'application/json', ETag: '"z"', Vary: 'Accept-Encoding' }
const ACCEPTED = ['identity', 'gzip', 'br, gzip;q=0.5, identity;q=0.1', '', 'gzip;q=0'] as const
const ENCODED = { gzip: gzipSync(TEXT), br: brotliCompressSync(TEXT), none: Buffer.from(TEXT) }

let origin: Origin
let worker: Miniflare
let reader: Reader
before(async () => {
  origin = await Origin.start()
  worker = await start(origin.url)
  reader = new Reader((await worker.ready).origin)
})
after(async () => {
  reader.stop()
  await worker.dispose()
  origin.stop()
})

/** One answer as it was read: right bytes under a label that the reader accepts. */
async function assertRight(path: string, accepted: string, from: RegExp): Promise<void> {
  const seen = await reader.ask(path, { 'Accept-Encoding': accepted })
  assert.match(String(seen.headers['cache-status']), from)
  if (!/(^|[ ,])gzip($|;q=0\.)/.test(accepted)) assert.equal(seen.headers['content-encoding'], undefined, accepted)
  if (!accepted.startsWith('br')) assert.equal(textOf(seen), TEXT)
}

for (const [encoding, bytes] of Object.entries(ENCODED)) {
  test(`an origin that sends ${encoding}: fetched, from memory, from KV, and as 304`, async () => {
    const label: Record<string, string> = encoding === 'none' ? {} : { 'Content-Encoding': encoding }
    origin.answer = say(bytes, { ...HEADERS, ...label })
    const entries = await worker.getKVNamespace('ENTRIES')
    for (const [at, accepted] of ACCEPTED.entries()) {
      const path = `/api/bodies/${encoding}/${at}`
      await assertRight(path, accepted, /fwd=uri-miss; fwd-status=200; stored/)
      for (const each of ACCEPTED) await assertRight(path, each, /hit; .*detail=memory/)
      assert.equal(origin.asks(path), 1)
      // The same entry under another key is one that only KV has.
      const stored = (await entries.get(`sabiscore:1:entry:${path}`, 'text')) as string
      await entries.put(`sabiscore:1:entry:${path}/kv`, stored)
      await assertRight(`${path}/kv`, accepted, /hit; .*detail=kv/)
      const unchanged = await reader.ask(path, { 'Accept-Encoding': accepted, 'If-None-Match': '"z"' })
      assert.equal(unchanged.status, 304)
      assert.equal(unchanged.bytes.length, 0)
    }
  })
}
