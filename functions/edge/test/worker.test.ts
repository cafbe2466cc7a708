/** The Worker in workerd, from request to answer. */

import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, beforeEach, test } from 'node:test'

import type { Miniflare } from 'miniflare'

import { encode, MOST_TAGS, type Entry } from '../src/entry.ts'
import { away, Origin, say } from './origin.ts'
import { signed } from './signed.ts'
import { bundle, SECRET, start } from './worker.ts'

const FRESH = { 'Cache-Control': 'max-age=60', 'CDN-Cache-Control': 'max-age=300, stale-while-revalidate=600, stale-if-error=3600' }
let origin: Origin
let worker: Miniflare
let base: string
let count = 0

before(async () => {
  origin = await Origin.start()
  worker = await start(origin.url)
  base = (await worker.ready).origin
})
beforeEach(() => {
  origin.asked = []
})
after(async () => {
  await worker.dispose()
  origin.stop()
})

/** A path that no other test has asked for. */
function anew(): string {
  count += 1
  return `/api/v1/insights/${count}`
}

/** Puts an entry that was made `age_s` ago where a cron would; fresh for a minute, stale for an hour. */
async function publish(path: string, age_s: number, changes: Partial<Entry> = {}): Promise<void> {
  const stored_at = Date.now() - 1000 * age_s
  const times = { stored_at, fresh_until: stored_at + 60_000, stale_until: stored_at + 3_600_000 }
  const body = new TextEncoder().encode('published')
  const entry = { status: 200, headers: [['etag', '"one"']] as const, body, tags: ['odds'], ...times, ...changes }
  await (await worker.getKVNamespace('ENTRIES')).put(`sabiscore:1:entry:${path}`, encode(entry))
}

const get = (path: string, headers: Record<string, string> = {}) => fetch(base + path, { headers })

const purge = (body: string, headers: Record<string, string>) => fetch(`${base}/edge/purge`, { method: 'POST', body, headers })

test('an answer is fetched once, then served with its age, its ETag and the tier it came from', async () => {
  const path = anew()
  origin.answer = say('one', { ...FRESH, ETag: '"a"', Age: '30', 'Cache-Tag': 'odds' })
  const first = await get(path)
  const second = await get(path)
  assert.equal(await second.text(), 'one')
  assert.equal(origin.asks(path), 1)
  assert.match(first.headers.get('cache-status') ?? '', /^SabiScore-Edge; fwd=uri-miss; fwd-status=200; stored; ttl=2\d\d; detail=origin$/)
  assert.match(second.headers.get('cache-status') ?? '', /^SabiScore-Edge; hit; ttl=2\d\d; detail=memory$/)
  assert.ok(Number(second.headers.get('age')) >= 30)
  assert.equal(second.headers.get('etag'), '"a"')
  assert.equal(second.headers.get('cache-control'), 'max-age=60')
  for (const name of ['cdn-cache-control', 'cache-tag']) assert.equal(second.headers.get(name), null)
  assert.equal((await get(path, { 'If-None-Match': '"a"' })).status, 304)
})

test('fifty readers of a cold answer make one call', async () => {
  const path = anew()
  const waiting: (() => void)[] = []
  origin.answer = (_, response) => waiting.push(() => response.writeHead(200, FRESH).end('one'))
  const readers = Array.from({ length: 50 }, () => get(path).then((answer) => answer.text()))
  // Some probe that is answered after all fifty have arrived at the Worker.
  await Promise.all(Array.from({ length: 50 }, () => get('/icon.svg').then((answer) => answer.text())))
  while (waiting.length === 0) await new Promise(setImmediate)
  for (const answer of waiting) answer()
  assert.deepEqual(new Set(await Promise.all(readers)), new Set(['one']))
  assert.equal(origin.asks(path), 1)
})

test('what a cron published is served without the functions', async () => {
  const path = anew()
  await publish(path, 42)
  const answer = await get(path)
  assert.equal(await answer.text(), 'published')
  assert.ok(Number(answer.headers.get('age')) >= 42)
  assert.match(answer.headers.get('cache-status') ?? '', /hit; ttl=\d+; detail=kv$/)
  assert.equal(origin.asked.length, 0)
})

test('a stale answer is served at once and refreshed once behind', async () => {
  const path = anew()
  await publish(path, 120)
  let answered = 0
  origin.answer = (request, response) => {
    answered += 1
    assert.equal(request.headers['if-none-match'], '"one"')
    say('new', FRESH)(request, response, '')
  }
  const stale = await Promise.all(Array.from({ length: 20 }, () => get(path)))
  // Those that come after the refresh get the new answer, some seconds old on a busy machine.
  const ages = stale.map((each) => Number(each.headers.get('age')))
  assert.ok(ages.every((age) => age >= 120 || age < 60), String(ages))
  assert.ok(Number(stale[0]!.headers.get('age')) >= 120)
  let text = 'published'
  while (text === 'published') text = await (await get(path)).text()
  assert.equal(text, 'new')
  assert.equal(answered, 1)
})

test('while the origin is away readers keep reading, with true ages, until the entry ends', async () => {
  const [stale, ended] = [anew(), anew()]
  await publish(stale, 1800)
  await publish(ended, 3700)
  origin.answer = away
  const answer = await get(stale)
  assert.equal(answer.status, 200)
  assert.ok(Number(answer.headers.get('age')) >= 1800)
  const refused = await get(ended)
  assert.equal(refused.status, 503)
  assert.equal(refused.headers.get('content-type'), 'application/problem+json')
  assert.ok(Number(refused.headers.get('retry-after')) > 0)
})

test('an entry that is torn is a miss', async () => {
  const path = anew()
  await (await worker.getKVNamespace('ENTRIES')).put(`sabiscore:1:entry:${path}`, '{"format":1,"sta')
  origin.answer = say('whole', FRESH)
  assert.equal(await (await get(path)).text(), 'whole')
})

for (const target of ['tags', 'paths'] as const) {
  test(`after a signed purge by ${target} the next reader sees the new answer`, async () => {
    const path = anew()
    origin.answer = say('old', { ...FRESH, 'Cache-Tag': `match:m${count}` })
    await (await get(path)).text()
    origin.answer = say('new', { ...FRESH, 'Cache-Tag': `match:m${count}` })
    const body = JSON.stringify({ [target]: [target === 'tags' ? `match:m${count}` : path] })
    assert.equal((await purge(body, signed(body, `purge-${target}`))).status, 200)
    assert.equal(await (await get(path)).text(), 'new')
    assert.match((await get(path)).headers.get('cache-status') ?? '', /; hit;/)
    origin.answer = away
    assert.equal((await purge(body, signed(body, `purge-${target}-2`))).status, 200)
    assert.equal((await get(path)).status, 503)
  })
}

test('an answer is kept under every tag that it has, or not at all', async () => {
  const tags = (count: number) => Array.from({ length: count }, (_, at) => `many:t${String(at).padStart(3, '0')}`)
  for (const [count, asks] of [[MOST_TAGS, 2], [MOST_TAGS + 1, 3]] as const) {
    const path = anew()
    const named = tags(count)
    origin.answer = say('one', { ...FRESH, 'Cache-Tag': named.join(',') })
    for (const _ of [1, 2]) assert.equal(await (await get(path)).text(), 'one')
    const body = JSON.stringify({ tags: named.slice(-1) })
    assert.equal((await purge(body, signed(body, `purge-many-${count}`))).status, 200)
    await (await get(path)).text()
    assert.equal(origin.asks(path), asks)
  }
})

test('the origin is asked past the memory of its processes, which may not have heard of a purge yet', async () => {
  const path = anew()
  origin.answer = say('one', FRESH)
  await (await get(path, { 'Cache-Control': 'max-stale=600' })).text()
  assert.equal(origin.asked.find((request) => request.url === path)?.headers['cache-control'], 'no-cache')
})

test('an answer that was under way when the purge came is not kept as new', async () => {
  const path = anew()
  let release = () => {}
  const asked = new Promise<void>((resolve) => {
    origin.answer = (_, response) => {
      release = () => response.writeHead(200, FRESH).end('old')
      resolve()
    }
  })
  const racing = get(path)
  await asked
  const body = JSON.stringify({ paths: [path] })
  assert.equal((await purge(body, signed(body, 'purge-race'))).status, 200)
  origin.answer = say('new', FRESH)
  // Who comes after the purge neither waits for the old answer nor gets it.
  const later = get(path)
  release()
  assert.equal(await (await racing).text(), 'old')
  assert.equal(await (await later).text(), 'new')
  assert.equal(await (await get(path)).text(), 'new')
})

test('calls that are unsigned, altered, early, late, of another key or repeated are refused', async () => {
  const body = '{"tags":["odds"]}'
  const now = Math.floor(Date.now() / 1000)
  const good = signed(body, 'good-1')
  const refused: Record<string, string>[] = [
    {},
    signed(body, 'late', now - 301),
    signed(body, 'early', now + 302),
    signed('{"tags":["other"]}', 'altered'),
    signed(body, 'key', now, `whsec_${Buffer.from('another').toString('base64')}`),
    { ...signed(body, 'id'), 'webhook-id': 'id2' },
    { ...signed(body, 'version'), 'webhook-signature': signed(body, 'version')['webhook-signature']!.replace('v1', 'v2') },
    { ...signed(body, 'torn'), 'webhook-signature': 'v1,AAAA' },
    { ...signed(body, 'dot.ted') },
    { ...signed(body, 'time'), 'webhook-timestamp': '1e9' },
  ]
  for (const headers of refused) assert.equal((await purge(body, headers)).status, 401, JSON.stringify(headers))
  const rotated = { ...good, 'webhook-signature': `v1,${'A'.repeat(43)}= ${good['webhook-signature']}` }
  assert.equal((await purge(body, rotated)).status, 200)
  assert.equal((await purge(body, good)).status, 401)
})

test('purges name tags and plain paths, nothing else', async () => {
  const bad = ['{}', '[]', 'null', '{"tags":"odds"}', '{"tags":["a b"]}', '{"paths":["//host/x"]}', '{"paths":["/a/../b"]}',
    '{"paths":["http://host/"]}', '{"paths":["/a?b"]}', '{"paths":["x"]}', `{"tags":${JSON.stringify(Array(201).fill(0).map((_, at) => `t:${at}`))}}`]
  for (const [at, body] of bad.entries()) assert.equal((await purge(body, signed(body, `bad-${at}`))).status, 400, body)
})

test('a change puts what it changed out of date', async () => {
  const path = anew()
  origin.answer = say('old', FRESH)
  await (await get(path)).text()
  origin.answer = say('changed', {})
  assert.equal((await fetch(base + path, { method: 'POST', body: '{}' })).status, 200)
  origin.answer = say('new', FRESH)
  assert.equal(await (await get(path)).text(), 'new')
})

test('bytes that are not text come back as they were', async () => {
  const path = anew()
  const bytes = Uint8Array.from({ length: 1024 }, (_, at) => at % 256)
  origin.answer = say(bytes, FRESH)
  await get(path)
  assert.deepEqual(new Uint8Array(await (await get(path)).arrayBuffer()), bytes)
})

test('the query is one key however it is ordered, and the origin is asked in that order', async () => {
  const path = anew()
  origin.answer = (request, response) => say(request.url ?? '', FRESH)(request, response, '')
  const answers = await Promise.all([`${path}?b=2&a=1`, `${path}?a=1&b=2`, `${path}?&a=1&&b=2`].map(async (url) => (await get(url)).text()))
  assert.deepEqual(new Set(answers), new Set([`${path}?a=1&b=2`]))
  for (const other of [`${path}?a=1`, `${path}?a=1&b=2&b=2`, `${path}%2F?a=1&b=2`]) assert.equal(await (await get(other)).text(), other)
})

test('an answer with a cookie in it is nobody else\'s', async () => {
  const path = anew()
  origin.answer = say('mine', { ...FRESH, 'Set-Cookie': 'session=1' })
  assert.equal((await get(path)).headers.get('set-cookie'), 'session=1')
  origin.answer = say('yours', FRESH)
  const second = await get(path)
  assert.equal(await second.text(), 'yours')
  assert.equal(second.headers.get('set-cookie'), null)
})

test('every answer carries the security headers and a request id', async () => {
  origin.answer = say('{}', FRESH)
  for (const path of [anew(), '/', '/icon.svg', '/none', '/edge/purge']) {
    const answer = await get(path, { 'X-Request-Id': 'reader-1234' })
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff', path)
    assert.match(answer.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/)
    assert.equal(answer.headers.get('x-request-id'), 'reader-1234')
  }
})

test('large bodies and long addresses are refused before anything is done with them', async () => {
  const path = anew()
  assert.equal((await fetch(base + path, { method: 'POST', body: 'x'.repeat(65_537) })).status, 413)
  assert.equal((await get(`${path}?${'x'.repeat(5_000)}`)).status, 414)
  assert.equal(origin.asked.length, 0)
})

test('a reader gets so many requests a minute, by the address that the platform saw', async () => {
  const strict = await start(origin.url, { REQUESTS_PER_MINUTE: '5' })
  try {
    origin.answer = say('one', FRESH)
    const url = `${(await strict.ready).origin}${anew()}`
    const ask = (from: string) => fetch(url, { headers: { 'CF-Connecting-IP': from, 'X-Forwarded-For': String(Math.random()) } })
    const statuses = []
    for (let at = 0; at < 7; at += 1) statuses.push((await ask('192.0.2.1')).status)
    assert.deepEqual(statuses, [200, 200, 200, 200, 200, 429, 429])
    const refused = await ask('192.0.2.1')
    assert.ok(Number(refused.headers.get('retry-after')) >= 1)
    assert.equal(refused.headers.get('ratelimit-policy'), '"minute";q=5;w=60')
  } finally {
    await strict.dispose()
  }
})

test('the origin is told for whom we ask, in a way that no reader can forge, and under the same id', async () => {
  const path = anew()
  origin.answer = say('one', FRESH)
  const forged = { 'X-Edge-Address': '192.0.2.9', 'X-Edge-Signature': `v1,1,${'0'.repeat(64)}`, 'CF-Connecting-IP': '192.0.2.1' }
  const answer = await get(path, { ...forged, 'X-Request-Id': 'through-all-tiers' })
  const { headers } = origin.asked.find((request) => request.url === path)!
  assert.equal(headers['x-edge-address'], '192.0.2.1')
  const [version, at, mac] = String(headers['x-edge-signature']).split(',')
  const signed = ['v1', at, '192.0.2.1', 'GET', path].join('\n')
  assert.equal(version, 'v1')
  assert.equal(mac, createHmac('sha256', Buffer.from(SECRET.slice(6), 'base64')).update(signed).digest('hex'))
  assert.equal(headers['x-request-id'], 'through-all-tiers')
  assert.equal(answer.headers.get('x-request-id'), 'through-all-tiers')
})

test('Upstash is asked after KV; a dead one costs nothing after five failures', async () => {
  const redis = await Origin.start()
  const shared = await start(origin.url, { UPSTASH_REDIS_REST_URL: redis.url, UPSTASH_REDIS_REST_TOKEN: 'token' })
  try {
    const url = (await shared.ready).origin
    const now = Date.now()
    const body = new TextEncoder().encode('shared')
    const text = encode({ status: 200, headers: [], body, stored_at: now, fresh_until: now + 60_000, stale_until: now + 60_000, tags: [] })
    redis.answer = (request, response, asked) => {
      assert.equal(request.headers.authorization, 'Bearer token')
      const [command, ...words] = JSON.parse(asked) as unknown[]
      if (command === 'GET') assert.deepEqual(words, ['sabiscore:1:entry:/api/shared'])
      response.end(JSON.stringify({ result: command === 'GET' ? text : 99 }))
    }
    const answer = await fetch(`${url}/api/shared`)
    assert.equal(await answer.text(), 'shared')
    assert.match(answer.headers.get('cache-status') ?? '', /detail=upstash$/)
    const asked = { GET: 0, EVAL: 0 }
    redis.answer = (request, response, body) => {
      asked[(JSON.parse(body) as ['GET' | 'EVAL'])[0]] += 1
      away(request, response, body)
    }
    origin.answer = say('origin', FRESH)
    for (let at = 0; at < 8; at += 1) assert.equal(await (await fetch(`${url}/api/dead/${at}`)).text(), 'origin')
    assert.deepEqual(asked, { GET: 5, EVAL: 5 })
  } finally {
    await shared.dispose()
    redis.stop()
  }
})

test('the bundle has at most 50 KB', async () => {
  assert.ok((await bundle()).length <= 50 * 1024)
})
