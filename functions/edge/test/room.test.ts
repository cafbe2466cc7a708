/** Rooms in workerd: who comes in, who is told what, and who is shown out. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import type { Miniflare } from 'miniflare'

import { LARGEST_BROADCAST, LONGEST_WORD, MOST_OF_AN_ADDRESS, MOST_WORDS_A_MINUTE } from '../src/room_limits.ts'
import { signed } from './signed.ts'
import { Visitor } from './visitor.ts'
import { start } from './worker.ts'

let worker: Miniflare
let base: string
let count = 0

before(async () => {
  worker = await start('http://127.0.0.1:1', { SITE_ORIGINS: 'https://site.example https://other.example' })
  base = (await worker.ready).origin
})
after(() => worker.dispose())

/** A room that no other test has been in. */
function anew(): string {
  count += 1
  return `epl-2526-arsenal-team${count}`
}

const enter = (room: string, headers: Record<string, string> = {}) => Visitor.enter(`${base}/ws/edge/${room}`, headers)

async function broadcast(room: string, body: string, headers: Record<string, string>): Promise<Response> {
  return fetch(`${base}/edge/broadcast/${room}`, { method: 'POST', body, headers }) as unknown as Promise<Response>
}

async function say(room: string, data: object, id: string): Promise<{ reached: number }> {
  const body = JSON.stringify({ match_id: room, data })
  const answer = await broadcast(room, body, signed(body, id))
  assert.equal(answer.status, 200)
  return answer.json()
}

test('a broadcast reaches who is in the room, and nobody else', async () => {
  const [room, next] = [anew(), anew()]
  const inside = await Promise.all([enter(room), enter(room), enter(room)])
  const outside = await enter(next)
  const began = Date.now()
  assert.deepEqual(await say(room, { goals: [1, 0] }, 'goal-1'), { match_id: room, reached: 3 })
  const ended = Date.now()
  for (const visitor of inside) {
    const told = await visitor.hears('message')
    assert.deepEqual([told.id, told.age_s, told.data], ['goal-1', 0, { goals: [1, 0] }])
    const said = Date.parse(String(told.said_at))
    assert.ok(began <= said && said <= ended, `${began} ${said} ${ended}`)
  }
  await outside.hears('presence')
  assert.equal(outside.told.filter((told) => told.type === 'message').length, 0)
})

test('who comes late is told what was said last, and how old it is', async () => {
  const room = anew()
  await say(room, { minute: 1 }, 'first')
  await say(room, { minute: 2 }, 'second')
  const early = await enter(room)
  assert.deepEqual((await early.hears('message')).data, { minute: 2 })
  let age_s: unknown = 0
  while (age_s === 0) {
    const late = await enter(room)
    age_s = (await late.hears('message')).age_s
    late.leave()
  }
  assert.equal(age_s, 1)
})

test('the room says how many are in it: to who enters, then to all, once for all who come and go together', async () => {
  const room = anew()
  const first = await enter(room)
  assert.equal((await first.hears('presence')).count, 1)
  const others = await Promise.all(Array.from({ length: 9 }, () => enter(room)))
  await first.hears('presence', (told) => told.count === 10)
  for (const visitor of others) visitor.leave()
  first.told.length = 0
  await first.hears('presence', (told) => told.count === 1)
  assert.deepEqual(first.told.filter((told) => told.type === 'presence').map((told) => told.count), [1])
})

test('a reader may ask again for what was said last', async () => {
  const room = anew()
  await say(room, { minute: 1 }, 'again')
  const visitor = await enter(room)
  await visitor.hears('presence')
  visitor.told.length = 0
  visitor.socket.send('{"type":"subscribe"}')
  assert.deepEqual((await visitor.hears('message')).data, { minute: 1 })
  assert.equal((await visitor.hears('presence')).count, 1)
  visitor.socket.send('what?')
  assert.match(String((await visitor.hears('error')).detail), /subscribe/)
})

test('who sends pings stays, who is silent is shown out', async () => {
  const strict = await start('http://127.0.0.1:1', { ROOM_SILENT_SECONDS: '1' })
  try {
    const url = `${(await strict.ready).origin}/ws/edge/${anew()}`
    const [alive, silent] = await Promise.all([Visitor.enter(url), Visitor.enter(url)])
    const pings = setInterval(() => alive.socket.send('ping'), 100)
    assert.equal(await silent.closed(), 4408)
    await alive.hears('pong')
    await alive.hears('presence', (told) => told.count === 1)
    clearInterval(pings)
  } finally {
    await strict.dispose()
  }
})

test('long, binary and too many messages end the visit', async () => {
  const room = anew()
  const [long, binary, often] = await Promise.all([enter(room), enter(room), enter(room)])
  const ends = Promise.all([long.closed(), binary.closed(), often.closed()])
  long.socket.send('x'.repeat(LONGEST_WORD + 1))
  binary.socket.send(Buffer.from('{"type":"subscribe"}'))
  // A minute may begin in between, so twice as many.
  for (let at = 0; at <= 2 * MOST_WORDS_A_MINUTE; at += 1) often.socket.send('{"type":"subscribe"}')
  assert.deepEqual(await ends, [1009, 1009, 1008])
})

test('an address has so many sockets in a room; the platform says which address it is', async () => {
  const room = anew()
  const from = (address: string) => enter(room, { 'CF-Connecting-IP': address, 'X-Forwarded-For': String(Math.random()) })
  await Promise.all(Array.from({ length: MOST_OF_AN_ADDRESS }, () => from('192.0.2.1')))
  await assert.rejects(from('192.0.2.1'), /429/)
  await from('192.0.2.2')
})

test('only pages of ours may enter; what is no page names none', async () => {
  for (const origin of [base, 'https://site.example', 'https://other.example']) (await enter(anew(), { Origin: origin })).leave()
  for (const origin of ['https://evil.example', 'https://site.example.evil.example', 'null', 'http://127.0.0.1:1']) {
    await assert.rejects(enter(anew(), { Origin: origin }), /403/, origin)
  }
})

test('without an upgrade a room answers 426 with a problem document', async () => {
  const answer = await fetch(`${base}/ws/edge/${anew()}`)
  assert.equal(answer.status, 426)
  assert.equal(answer.headers.get('content-type'), 'application/problem+json')
  assert.equal(((await answer.json()) as { status: number }).status, 426)
})

const BAD_IDS = ['', 'epl', 'epl-2526-arsenal', 'EPL-2526-arsenal-chelsea', 'epl-2527-arsenal-chelsea', 'epl-252-arsenal-chelsea',
  '-2526-arsenal-chelsea', 'epl--2526-arsenal-chelsea', 'epl-2526-arsenal-', 'epl-2526-arsenal-chelsea-', 'epl-2526-ars%65nal-chelsea',
  'epl-2526-arsenal_chelsea-x', 'epl-2526-ars%2Fenal-chelsea', 'epl-2526-arsenal-chelsea%00', `epl-2526-arsenal-${'x'.repeat(120)}`]

test('a room is named by a match id and by nothing else', async () => {
  for (const id of BAD_IDS) {
    await assert.rejects(enter(id), /404/, id)
    const body = JSON.stringify({ match_id: id, data: {} })
    assert.equal((await broadcast(id, body, signed(body, `bad-${BAD_IDS.indexOf(id)}`))).status, 404, id)
  }
  const good = ['epl-9900-arsenal-chelsea', 'ligue-1-2526-paris-sg-lyon', 'scottish-premiership-2425-celtic-rangers-2',
    'serie-a-2526-como-1907-lecce', 'bundesliga-2526-bayern-munich-1860-2']
  for (const id of good) (await enter(id)).leave()
})

test('only a signed call is heard, once, in the room that it names', async () => {
  const [room, next] = [anew(), anew()]
  const visitor = await enter(room)
  const body = JSON.stringify({ match_id: room, data: { goals: [0, 1] } })
  const good = signed(body, 'only-once')
  const wrong: Record<string, string>[] = [{}, signed(body, 'late', Math.floor(Date.now() / 1000) - 301), signed('{}', 'other'),
    signed(body, 'key', undefined, `whsec_${Buffer.from('another').toString('base64')}`)]
  for (const headers of wrong) assert.equal((await broadcast(room, body, headers)).status, 401)
  assert.equal((await broadcast(next, body, good)).status, 400)
  const calls = await Promise.all(Array.from({ length: 10 }, () => broadcast(room, body, good)))
  assert.deepEqual(calls.map((answer) => answer.status).sort(), [200, ...Array(9).fill(401)])
  assert.equal((await fetch(`${base}/edge/broadcast/${room}`)).status, 405)
  await visitor.hears('message')
  visitor.socket.send('{"type":"subscribe"}')
  await visitor.hears('message')
  assert.equal(new Set(visitor.told.filter((told) => told.type === 'message').map((told) => told.id)).size, 1)
})

test('a broadcast holds one object of a bearable size', async () => {
  const room = anew()
  const bodies = ['', 'null', '[]', '{"data":{}}', `{"match_id":"${room}"}`, `{"match_id":"${room}","data":[]}`,
    `{"match_id":"${room}","data":null}`, `{"match_id":"${room}","data":{},"tags":["odds"]}`, `{"match_id":"${room}","data":{}`]
  for (const [at, body] of bodies.entries()) assert.equal((await broadcast(room, body, signed(body, `form-${at}`))).status, 400, body)
  const large = JSON.stringify({ match_id: room, data: { text: 'x'.repeat(LARGEST_BROADCAST) } })
  assert.equal((await broadcast(room, large, signed(large, 'large'))).status, 413)
})

test('a room that slept still has its sockets, who said what last, and which calls were made', async () => {
  const sleepy = await start('http://127.0.0.1:1', {}, 'test/sleeping.ts')
  try {
    const url = (await sleepy.ready).origin
    const room = anew()
    const post = (body: string, id: string) =>
      fetch(`${url}/edge/broadcast/${room}`, { method: 'POST', body, headers: signed(body, id) })
    const visitor = await Visitor.enter(`${url}/ws/edge/${room}`)
    const body = JSON.stringify({ match_id: room, data: { minute: 1 } })
    assert.equal((await post(body, 'awake')).status, 200)
    const before = await visitor.hears('message', (told) => told.id === 'awake')
    // workerd puts a room to sleep ten seconds after its last event; pings are none.
    const pings = setInterval(() => visitor.socket.send('ping'), 500)
    await new Promise((resolve) => setTimeout(resolve, 13_000))
    clearInterval(pings)
    assert.equal((await post(body, 'awake')).status, 401)
    assert.deepEqual(await (await post(body, 'woken')).json(), { match_id: room, reached: 1 })
    const after = await visitor.hears('message', (told) => told.id === 'woken')
    await visitor.hears('pong')
    assert.notDeepEqual(after.data, before.data)
    const late = await Visitor.enter(`${url}/ws/edge/${room}`)
    assert.equal((await late.hears('message')).id, 'woken')
    assert.equal((await late.hears('presence')).count, 2)
  } finally {
    await sleepy.dispose()
  }
})
