/**
 * What the Worker itself costs: its rate on bare workerd against that of a worker that returns the same bytes at once.
 * Short turns of each, one after the other. The ratio is that of requests a second of workerd's own processor time: on
 * an idle machine the same as that of the rates, and on a busy one still right. `--json` for programs.
 */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { serve } from './served.ts'

const ROUNDS = 7
const TURN = '2s'
const CONNECTIONS = '32'
const MANY = fileURLToPath(new URL('many.lua', import.meta.url))
const LEAST = { memory: 0.6, kv: 0.3 }
const PATH = '/api/v1/insights/m0'

interface Turn {
  readonly per_s: number
  /** Requests for each tick of workerd's processor time. */
  readonly perTick: number
}

/** One turn against `url`, all of it answered with 200. */
async function turn(url: string, ...more: string[]): Promise<Turn> {
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

const { edge, bare, ticks, stop } = await serve()
const KINDS = ['bare', 'memory', 'kv'] as const
const turns: Record<(typeof KINDS)[number], Turn[]> = { bare: [], memory: [], kv: [] }
try {
  await assertAlike(edge, bare)
  for (let round = 0; round <= ROUNDS; round += 1) {
    const found = { bare: await turn(bare + PATH), memory: await turn(edge + PATH), kv: await turn(edge, '-s', MANY) }
    // The first round warms both up.
    if (round > 0) for (const kind of KINDS) turns[kind].push(found[kind])
  }
} finally {
  await stop()
}

const ratio = (kind: 'memory' | 'kv') => median(turns[kind].map((each, at) => each.perTick / turns.bare[at]!.perTick))
const rate = (kind: (typeof KINDS)[number]) => median(turns[kind].map((each) => each.per_s))
const ratios = { memory: ratio('memory'), kv: ratio('kv') }
if (process.argv.includes('--json')) {
  const rates = { bare: rate('bare'), memory: rate('memory'), kv: rate('kv') }
  console.log(JSON.stringify({ ratios, least: LEAST, requests_per_s: rates, rounds: ROUNDS }))
} else {
  console.log(`bare workerd     ${rate('bare').toFixed(0)} requests a second`)
  for (const kind of ['memory', 'kv'] as const) {
    const said = `${ratios[kind].toFixed(2)} of bare workerd (at least ${LEAST[kind]})`
    console.log(`hit from ${kind.padEnd(7)} ${rate(kind).toFixed(0)} requests a second: ${said}`)
  }
}
process.exit(ratios.memory >= LEAST.memory && ratios.kv >= LEAST.kv ? 0 : 1)
