/** Pages through the Worker, in workerd: whose they are, how many of them, and errors in words. */

import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'

import type { Miniflare } from 'miniflare'

import { away, Origin, say, type Answer } from './origin.ts'
import { start } from './worker.ts'

const HTML = 'text/html; charset=utf-8'
const OURS = { 'Content-Type': HTML, 'Cache-Control': 'max-age=60', 'Cache-Tag': 'odds', ETag: '"page"' }
const BROWSER = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
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

/** The page of a match that no other test has asked for. */
function anew(): string {
  count += 1
  return `/match/epl-2526-team-${count}`
}

const get = (path: string, headers: Record<string, string> = BROWSER) => fetch(base + path, { headers })

test('a page of the functions is kept like any of their answers', async () => {
  const path = anew()
  origin.answer = say('<p>one</p>', OURS)
  assert.equal(await (await get(path)).text(), '<p>one</p>')
  const again = await get(path)
  assert.equal(again.headers.get('content-type'), HTML)
  assert.match(again.headers.get('cache-status') ?? '', /hit; .*detail=memory/)
  assert.equal(origin.asks(path), 1)
  assert.equal((await get(path, { ...BROWSER, 'If-None-Match': '"page"' })).status, 304)
})

test('what a browser reports to a page reaches the functions, and puts nothing out of date', async () => {
  const path = anew()
  origin.answer = say('<p>one</p>', OURS)
  await (await get(path)).text()
  assert.equal((await fetch(base + path, { method: 'POST', body: '{}' })).status, 200)
  assert.equal(origin.asks(path), 2)
  await (await get(path)).text()
  assert.equal(origin.asks(path), 2)
})

test('the root is a page, and what begins with it is not', async () => {
  origin.answer = say('<p>matches</p>', OURS)
  assert.equal(await (await get('/')).text(), '<p>matches</p>')
  assert.equal((await get('/nothing')).status, 404)
  assert.equal(origin.asks('/nothing'), 0)
})

for (const path of ['/match/', '/embed/match/', '/record/ledger/', '/match/epl-2526-a-b/']) {
  test(`${path} is no page, and the reader is told so in words`, async () => {
    const answer = await get(path)
    assert.equal(answer.status, 404)
    assert.equal(answer.headers.get('content-type'), HTML)
    assert.equal(origin.asked.length, 0)
  })
}

test('/docs is a page and counted as one, /docs/api below it is the reference and counted as the API', async () => {
  const few = await start(origin.url, { REQUESTS_PER_MINUTE: '1', PAGES_PER_MINUTE: '1' })
  try {
    const { origin: at } = await few.ready
    origin.answer = (asked, response) => {
      const own = asked.url === '/docs' ? { ...OURS, 'Cache-Tag': 'site' } : { 'Content-Type': 'text/html', 'Cache-Control': 'max-age=300' }
      response.writeHead(200, own).end(`<p>${asked.url}</p>`)
    }
    const ask = async (path: string) => fetch(at + path, { headers: { ...BROWSER, 'CF-Connecting-IP': '203.0.113.9' } })
    assert.equal(await (await ask('/docs')).text(), '<p>/docs</p>')
    assert.equal(await (await ask('/docs/api')).text(), '<p>/docs/api</p>')
    assert.deepEqual([(await ask('/guide')).status, (await ask('/openapi.json')).status], [429, 429])
    assert.equal((await ask('/docs/nothing')).status, 404)
  } finally {
    await few.dispose()
  }
})

const STRANGE: Record<string, Answer> = {
  'a page without our tag': say('<h1>Welcome to nginx</h1>', { 'Content-Type': HTML, 'Cache-Control': 'max-age=60' }),
  'an error page of a gateway': (_, response) => response.writeHead(502, { 'Content-Type': HTML }).end('<h1>Bad gateway</h1>'),
  'JSON that is no problem': say('{"message": "Forbidden"}', { 'Content-Type': 'application/json' }),
  'nobody': away,
}
for (const [what, answer] of Object.entries(STRANGE)) {
  test(`${what} in place of a page is never shown: the reader gets ours in words`, async () => {
    origin.answer = answer
    const shown = await get(anew())
    assert.equal(shown.status, 503)
    assert.equal(shown.headers.get('content-type'), HTML)
    assert.match(await shown.text(), /Not available just now/)
    assert.equal(shown.headers.get('retry-after'), '30')
  })
}

test('an error of the functions in words passes as it is', async () => {
  const words: Answer = (_, response) => response.writeHead(404, { 'Content-Type': HTML, 'X-SabiScore': 'page' }).end('<p>No such match</p>')
  origin.answer = words
  const shown = await get(anew())
  assert.equal(shown.status, 404)
  assert.equal(await shown.text(), '<p>No such match</p>')
})

test('what is not there is a page for people and a problem document for programs', async () => {
  const page = await get('/nothing-here')
  assert.equal(page.headers.get('content-type'), HTML)
  assert.match(await page.text(), /There is nothing at this address/)
  const program = await get('/nothing-here', { Accept: 'application/json' })
  assert.equal(program.headers.get('content-type'), 'application/problem+json')
  const head = await fetch(`${base}/nothing-here`, { method: 'HEAD', headers: BROWSER })
  assert.equal(head.status, 404)
  const data = await get('/api/v1/nothing-here')
  assert.notEqual(data.headers.get('content-type'), HTML)
})

test('files named by their hash are kept for good, an old one is gone, others are looked at again', async () => {
  const page = await (await get('/404.html')).text()
  const [, style = ''] = /href="(\/assets\/[^"]+\.css)"/.exec(page) ?? []
  assert.equal((await get(style)).headers.get('cache-control'), 'public, max-age=31536000, immutable')
  assert.equal((await get('/assets/site-0LDBUILD.js')).status, 404)
  assert.doesNotMatch((await get('/sw.js')).headers.get('cache-control') ?? '', /immutable/)
  assert.equal((await get('/favicon.ico')).status, 200)
  assert.match(await (await get('/robots.txt')).text(), /User-agent/)
})

test('files cost nothing, pages are counted apart from the API, and too many are refused in words', async () => {
  const strict = await start(origin.url, { REQUESTS_PER_MINUTE: '2', PAGES_PER_MINUTE: '3' })
  try {
    const { origin: at } = await strict.ready
    origin.answer = say('<p>page</p>', OURS)
    const ask = async (path: string) => (await fetch(at + path, { headers: { ...BROWSER, 'CF-Connecting-IP': '203.0.113.9' } })).status
    for (let i = 0; i < 20; i += 1) assert.equal(await ask('/icon.svg'), 200)
    assert.deepEqual([await ask('/'), await ask('/value'), await ask('/record')], [200, 200, 200])
    assert.notEqual(await ask('/api/v1/leagues'), 429)
    const refused = await fetch(`${at}/`, { headers: { ...BROWSER, 'CF-Connecting-IP': '203.0.113.9' } })
    assert.equal(refused.status, 429)
    assert.match(await refused.text(), /A short pause/)
    assert.ok(Number(refused.headers.get('retry-after')) > 0)
  } finally {
    await strict.dispose()
  }
})

test('every answer says what the browser may not do with it', async () => {
  origin.answer = say('<p>page</p>', OURS)
  for (const path of ['/icon.svg', anew(), '/nothing-here']) {
    const { headers } = await get(path)
    assert.match(headers.get('permissions-policy') ?? '', /camera=\(\)/, path)
    assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin', path)
    assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin', path)
    assert.match(headers.get('content-security-policy') ?? '', /require-trusted-types-for 'script'/, path)
  }
})
