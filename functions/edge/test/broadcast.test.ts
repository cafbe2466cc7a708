/** Broadcasts to 5,000 sockets of one room. How long they take is measured by `make bench-edge`. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { WebSocket } from 'ws'

import { crowd } from './crowded.ts'
import { signed } from './signed.ts'
import { start } from './worker.ts'

const SOCKETS = 5_000
const ROOM = 'epl-2526-arsenal-chelsea'
const IDS = ['goal-1', 'goal-2']

/** The ids of the messages that a socket hears, in order, once the last of `IDS` is among them. */
function heard(socket: WebSocket): Promise<string[]> {
  const ids: string[] = []
  return new Promise((resolve) => {
    socket.on('message', (data) => {
      const { type, id } = JSON.parse(String(data)) as { type: string; id: string }
      if (type === 'message') ids.push(id)
      if (id === IDS.at(-1)) resolve(ids)
    })
  })
}

test(`${SOCKETS} sockets of a room each hear every broadcast once, in order`, async () => {
  const worker = await start('http://127.0.0.1:1')
  try {
    const url = (await worker.ready).origin
    const inside = await crowd(`${url.replace('http', 'ws')}/ws/edge/${ROOM}`, SOCKETS)
    const hearing = inside.map(heard)
    for (const id of IDS) {
      const body = JSON.stringify({ match_id: ROOM, data: { goals: [2, 1], minute: 77 } })
      // A connection of its own: one that is kept may have been closed while so many sockets were heard.
      const headers = { ...signed(body, id), connection: 'close' }
      const answer = await fetch(`${url}/edge/broadcast/${ROOM}`, { method: 'POST', body, headers })
      assert.deepEqual(await answer.json(), { match_id: ROOM, reached: SOCKETS })
    }
    for (const ids of await Promise.all(hearing)) assert.deepEqual(ids, IDS)
    for (const socket of inside) socket.terminate()
  } finally {
    await worker.dispose()
  }
})
