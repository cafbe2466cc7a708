/**
 * What the Worker itself costs: its rate on bare workerd against that of a worker that returns the same bytes at once.
 * Short turns of each, one after the other, so that whatever else the machine does hits all alike. `--json` for programs.
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

/** Requests a second that `url` answered, all with 200. */
async function rate(url: string, ...more: string[]): Promise<number> {
  const { stdout } = await promisify(execFile)('wrk', ['-t1', `-c${CONNECTIONS}`, `-d${TURN}`, ...more, url])
  assert.doesNotMatch(stdout, /Non-2xx|Socket errors/, stdout)
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1])
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

const { edge, bare, stop } = await serve()
const rates: Record<'bare' | 'memory' | 'kv', number[]> = { bare: [], memory: [], kv: [] }
try {
  await assertAlike(edge, bare)
  for (let round = 0; round <= ROUNDS; round += 1) {
    const found = { bare: await rate(bare + PATH), memory: await rate(edge + PATH), kv: await rate(edge, '-s', MANY) }
    // The first round warms both up.
    if (round > 0) for (const name of ['bare', 'memory', 'kv'] as const) rates[name].push(found[name])
  }
} finally {
  await stop()
}

const ratio = (name: 'memory' | 'kv') => median(rates[name].map((each, at) => each / rates.bare[at]!))
const ratios = { memory: ratio('memory'), kv: ratio('kv') }
const medians = { bare: median(rates.bare), memory: median(rates.memory), kv: median(rates.kv) }
if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ ratios, least: LEAST, requests_per_s: medians, rounds: ROUNDS }))
} else {
  console.log(`bare workerd     ${medians.bare.toFixed(0)} requests a second`)
  for (const name of ['memory', 'kv'] as const) {
    const said = `${ratios[name].toFixed(2)} of it (at least ${LEAST[name]})`
    console.log(`hit from ${name.padEnd(7)} ${medians[name].toFixed(0)}: ${said}`)
  }
}
process.exit(ratios.memory >= LEAST.memory && ratios.kv >= LEAST.kv ? 0 : 1)
