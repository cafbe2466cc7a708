/**
 * What the Worker itself costs: its rate on bare workerd against that of a worker that returns the same bytes at once.
 * Short turns of each, one after the other. The ratio is that of requests a second of workerd's own processor time: on
 * an idle machine the same as that of the rates, and on a busy one still right.
 */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import type { Measured } from './check.ts'
import { serve } from './served.ts'

const ROUNDS = 7
const TURN = '2s'
const CONNECTIONS = '32'
const MANY = fileURLToPath(new URL('many.lua', import.meta.url))
const LEAST = { memory: 0.6, kv: 0.3 }
const PATH = '/api/v1/insights/m0'

const KINDS = ['bare', 'memory', 'kv'] as const
type Turns = Record<(typeof KINDS)[number], Turn[]>

interface Turn {
  readonly per_s: number
  /** Requests for each tick of workerd's processor time. */
  readonly perTick: number
}

/** One turn against `url`, all of it answered with 200. */
async function turn(ticks: () => number, url: string, ...more: string[]): Promise<Turn> {
  const before = ticks()
  const { stdout } = await promisify(execFile)('wrk', ['-t1', `-c${CONNECTIONS}`, `-d${TURN}`, ...more, url])
  assert.doesNotMatch(stdout, /Non-2xx|Socket errors/, stdout)
  const done = Number(/(\d+) requests in/.exec(stdout)?.[1])
  return { per_s: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]), perTick: done / (ticks() - before) }
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!
}

/** Both answer the same: body, and headers but for the values that are anew each time. */
async function assertAlike(edge: string, bare: string): Promise<void> {
  const [ours, plain] = await Promise.all([edge, bare].map((url) => fetch(url + PATH)))
  assert.equal(await ours!.text(), await plain!.text())
  assert.deepEqual([...ours!.headers.keys()], [...plain!.headers.keys()])
}

/** All turns of each kind; the first round warms both workers up and does not count. */
async function takeTurns(): Promise<Turns> {
  const { edge, bare, ticks, stop } = await serve()
  const turns: Turns = { bare: [], memory: [], kv: [] }
  try {
    await assertAlike(edge, bare)
    for (let round = 0; round <= ROUNDS; round += 1) {
      const found = {
        bare: await turn(ticks, bare + PATH),
        memory: await turn(ticks, edge + PATH),
        kv: await turn(ticks, edge, '-s', MANY),
      }
      if (round > 0) for (const kind of KINDS) turns[kind].push(found[kind])
    }
  } finally {
    await stop()
  }
  return turns
}

export async function measure(): Promise<Measured> {
  const turns = await takeTurns()
  const ratio = (kind: 'memory' | 'kv') => median(turns[kind].map((each, at) => each.perTick / turns.bare[at]!.perTick))
  const check = (kind: 'memory' | 'kv') =>
    ({ id: 'cost', what: `hit from ${kind} over bare workerd`, value: ratio(kind), sense: '≥', bound: LEAST[kind], unit: '×' }) as const
  const rates = KINDS.map((kind) => `${kind} ${median(turns[kind].map((each) => each.per_s)).toFixed(0)}`)
  return {
    checks: [check('memory'), check('kv')],
    notes: [`cost: requests a second: ${rates.join(', ')}; ratios of processor time, medians of ${ROUNDS} turns of ${TURN}.`],
  }
}
