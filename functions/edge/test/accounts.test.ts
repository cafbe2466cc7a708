/** What is a reader's own passes the Worker as it is, and is never kept. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import type { Miniflare } from 'miniflare'

import { Origin } from './origin.ts'
import { start } from './worker.ts'

const PATH = '/api/v1/account'
const COOKIES = ['__Host-sabiscore-session=a.1.b; Path=/; Secure; HttpOnly', '__Host-sabiscore-csrf=c; Path=/; Secure']
let origin: Origin
let worker: Miniflare
let base: string

before(async () => {
  origin = await Origin.start()
  worker = await start(origin.url)
  base = (await worker.ready).origin
})
after(async () => {
  await worker.dispose()
  origin.stop()
})

test('the account of a reader is asked for each time, also by many at once', async () => {
  origin.answer = (request, response) => {
    setTimeout(() => response.writeHead(200, { 'cache-control': 'no-store' }).end(String(request.headers.authorization)), 20)
  }
  const ask = (token: string) => fetch(base + PATH, { headers: { authorization: token } }).then((answer) => answer.text())
  const tokens = ['Bearer a', 'Bearer b', 'Bearer a']
  assert.deepEqual(await Promise.all(tokens.map(ask)), tokens)
  assert.deepEqual(await Promise.all(tokens.map(ask)), tokens)
  assert.equal(origin.asks(PATH), 6)
})

test('cookies go both ways, and what a browser says of the page that asks goes with them', async () => {
  origin.answer = (_, response) => response.writeHead(200, { 'cache-control': 'no-store', 'set-cookie': COOKIES }).end('{}')
  const headers = { cookie: 'a=b; c=d', 'x-csrf-token': 'c', origin: base, 'content-type': 'application/json' }
  const answer = await fetch(`${base}${PATH}/session/refresh`, { method: 'POST', headers, body: '{}' })
  assert.deepEqual(answer.headers.getSetCookie(), COOKIES)
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  const asked = origin.asked.at(-1)!.headers
  assert.deepEqual([asked.cookie, asked['x-csrf-token'], asked.origin], [headers.cookie, 'c', base])
})

test('who comes back from a provider is sent on, with cookies that nobody else gets', async () => {
  const callback = `${PATH}/openid/callback?code=a&state=b`
  origin.answer = (_, response) => response.writeHead(303, { location: '/', 'cache-control': 'no-store', 'set-cookie': COOKIES }).end()
  for (let time = 1; time <= 2; time += 1) {
    const answer = await fetch(base + callback, { redirect: 'manual' })
    assert.deepEqual([answer.status, answer.headers.get('location')], [303, '/'])
    assert.deepEqual(answer.headers.getSetCookie(), COOKIES)
    assert.equal(origin.asks(callback), time)
  }
})
