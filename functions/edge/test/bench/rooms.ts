/** How long one broadcast takes to reach 5,000 sockets of one room. */

import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'

import type { WebSocket } from 'ws'

import { crowd } from '../crowded.ts'
import { signed } from '../signed.ts'
import { start } from '../worker.ts'
import type { Measured } from './check.ts'

const SOCKETS = 5_000
const RUNS = 9
const WITHIN_MS = 500
const ROOM = 'epl-2526-arsenal-chelsea'

/** When the broadcast of this id was heard, in milliseconds after it was sent, one number a socket, in order. */
async function deliveries(url: string, inside: readonly WebSocket[], id: string): Promise<number[]> {
  const heard: number[] = []
  const wanted = `"id":"${id}"`
  let began = 0
  const all = new Promise<void>((resolve) => {
    for (const socket of inside) {
      const hear = (data: unknown) => {
        if (!String(data).includes(wanted)) return
        heard.push(performance.now() - began)
        socket.off('message', hear)
        if (heard.length === inside.length) resolve()
      }
      socket.on('message', hear)
    }
  })
  const body = JSON.stringify({ match_id: ROOM, data: { goals: [2, 1], minute: 77, probabilities: [0.71, 0.2, 0.09] } })
  began = performance.now()
  const answer = await fetch(`${url}/edge/broadcast/${ROOM}`, { method: 'POST', body, headers: signed(body, id) })
  assert.deepEqual(await answer.json(), { match_id: ROOM, reached: inside.length })
  await all
  return heard
}

/** The least of all runs: what else the machine does can only add to it. */
export async function measure(): Promise<Measured> {
  const worker = await start('http://127.0.0.1:1')
  try {
    const url = (await worker.ready).origin
    const inside = await crowd(`${url.replace('http', 'ws')}/ws/edge/${ROOM}`, SOCKETS)
    const runs: number[][] = []
    for (let run = 0; run < RUNS; run += 1) runs.push(await deliveries(url, inside, `goal-${run}`))
    for (const socket of inside) socket.terminate()
    const figures = runs.map((run) => `${Math.round(run[run.length / 2]!)}/${Math.round(run.at(-1)!)}`)
    const least = Math.min(...runs.map((run) => run.at(-1)!))
    return {
      checks: [{ id: 'rooms', what: `a broadcast to ${SOCKETS} sockets`, value: least, sense: '≤', bound: WITHIN_MS, unit: 'ms' }],
      notes: [`rooms: p50/p100 in ms: ${figures.join(' ')}; sender, room and readers on ${availableParallelism()} cores.`],
    }
  } finally {
    await worker.dispose()
  }
}
