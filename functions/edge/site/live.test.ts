import assert from 'node:assert/strict'
import { test } from 'node:test'

import { DAY, open, ROW, textOf } from './fixture.ts'
import { everyOf, follow, roomsIn } from './live.ts'
import { eventIn, writeScore } from './scores.ts'

const MATCH = 'epl-2526-a-b'
/** As events/consumers.py writes it: the room says which match it is. */
const GOAL = { event: 'evt_1', kind: 'goal', at: '2025-11-28T15:20:00Z', before: [0, 0], score: [1, 0], corrections: 0, source: 'espn.com' }
const said = (data: unknown) => JSON.stringify({ type: 'message', id: '1', said_at: '2025-11-28T15:20:00Z', age_s: 0, data })

/** Node's own: `open` puts the light DOM's in its place. */
const native = Event

/** A room that a test speaks for. */
class Socket extends EventTarget {
  static readonly opened: Socket[] = []
  readonly url: string
  constructor(url: URL) {
    super()
    this.url = url.href
    Socket.opened.push(this)
  }
  send(): void {}
  close(): void {}
}

test('a goal is written where its match stands, and nowhere else', () => {
  const main = open(DAY('2025-11-28', ROW('epl-2526-a-b', '', 'a b') + ROW('epl-2526-c-d', '', 'c d')))
  assert.equal(writeScore(document, eventIn(MATCH, said(GOAL))!), true)
  assert.deepEqual([...main.querySelectorAll('[data-score]')].map((each) => each.textContent), ['1–0', ''])
})

test('what a room says otherwise is no event, and what is no score is not written', () => {
  assert.equal(eventIn(MATCH, 'pong'), undefined)
  assert.equal(eventIn(MATCH, '{"type":"presence","count":3}'), undefined)
  assert.equal(eventIn(MATCH, said({ score: [1, 0] })), undefined)
  assert.equal(eventIn(MATCH, said({ ...GOAL, score: ['<b>', 0] }))!.score, undefined)
})

test('a match follows its room, a list those in play', () => {
  const main = open(DAY('2025-11-28', ROW('x', '', 'a b', 'in_play') + ROW('y', '', 'c d')), undefined, { 'data-page': 'matches', 'data-rooms': '' })
  assert.deepEqual(roomsIn(document), ['/ws/edge/x'])
  assert.equal(everyOf(document), 60)
  main.dataset.room = '/ws/edge/z'
  assert.deepEqual(roomsIn(document), [])
  main.dataset.status = 'in_play'
  assert.deepEqual(roomsIn(document), ['/ws/edge/z'])
  main.dataset.status = 'scheduled'
  main.dataset.kickoff = '2025-11-28T15:00:00Z'
  const rooms = (at: string) => roomsIn(document, Date.parse(at)).length
  assert.deepEqual(['2025-11-28T14:40:00Z', '2025-11-28T14:50:00Z', '2025-11-28T19:00:00Z'].map(rooms), [0, 1, 0])
  main.dataset.refresh = '15'
  assert.equal(everyOf(document), 15)
  document.documentElement.dataset.page = 'record'
  delete main.dataset.refresh
  assert.equal(everyOf(document), Infinity)
})

test('a lost room is told in the strip until it is entered again', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  const main = open('<b data-score></b>', undefined, { 'data-page': 'match', 'data-rooms': '' })
  Object.assign(main.dataset, { room: '/ws/edge/epl-2526-a-b', match: 'epl-2526-a-b', status: 'in_play' })
  Object.defineProperty(globalThis, 'WebSocket', { value: Socket, configurable: true, writable: true })
  const leave = follow(() => undefined)
  const [first] = Socket.opened.splice(0)
  assert.equal(first!.url, 'wss://edge.test/ws/edge/epl-2526-a-b')
  emit(first!, 'open')
  emit(first!, 'message', said(GOAL))
  assert.equal(textOf('[data-score]'), '1–0')
  emit(first!, 'close')
  assert.equal(textOf('#strip'), 'Live paused, retrying')
  context.mock.timers.tick(1_500)
  const [second] = Socket.opened.splice(0)
  emit(second!, 'open')
  assert.equal(document.getElementById('strip')!.hidden, true)
  leave()
})

function emit(socket: Socket, kind: string, data?: string): void {
  socket.dispatchEvent(Object.assign(new native(kind), { data }))
}
