/**
 * What the edge model costs: its first answer in an isolate over the functions' first answer in a process, to the same
 * question over the same data, and how long the answers that follow take.
 */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'

import { bundle, run } from '../../local/worker.ts'
import { EdgeModel } from '../../model/insight.ts'
import { keyOf, POINTER } from '../../model/kept.ts'
import type { Check, Measured } from './check.ts'

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url))
const ENTRY = 'model/index.ts'
const ROUNDS = 7
const ANSWERS = 5_000
const TRIES = 3
const MOST = { first: 0.1, p99_ms: 5, bundle_kb: 50 }

interface Asked {
  readonly matchup: string
  readonly league: string
}

interface Functions {
  readonly asked: readonly Asked[]
  readonly cold_ms: number
}

/** What the functions take, and the edge model of the same data in `file`; of a data folder if one is named. */
async function functions(file: string): Promise<Functions> {
  const home = process.env.BENCH_HOME
  const words = ['-m', 'infra.bench.edge_model', file, ...(home ? ['--home', home] : [])]
  const { stdout } = await promisify(execFile)('.venv/bin/python', words, { cwd: ROOT, maxBuffer: 1 << 26 })
  return JSON.parse(stdout) as Functions
}

/** Milliseconds from the first request of a new isolate to its answer; the model lies in KV. */
async function first(model: Buffer, asked: Asked): Promise<number> {
  const worker = await run({ bindings: { ORIGIN: 'http://127.0.0.1:9' }, entry: ENTRY, config: 'model/wrangler.jsonc' })
  try {
    const sha256 = createHash('sha256').update(model).digest('hex')
    const store = await worker.getKVNamespace('MODELS')
    await store.put(keyOf(sha256), new Uint8Array(model))
    await store.put(POINTER, JSON.stringify({ sha256, as_of: '2026-01-01T00:00:00Z' }))
    const { origin } = await worker.ready
    const begin = performance.now()
    const answer = await fetch(`${origin}/api/v1/insights`, {
      method: 'POST',
      body: JSON.stringify(asked),
      headers: { 'content-type': 'application/json' },
    })
    await answer.text()
    assert.match(answer.headers.get('computed-by') ?? '', /^edge-model/)
    return performance.now() - begin
  } finally {
    await worker.dispose()
  }
}

/** Milliseconds of each of many answers, all of the same model: the least of some tries, since others use the machine too. */
function answers(model: Buffer, asked: readonly Asked[]): number[] {
  const known = new EdgeModel(model.buffer.slice(model.byteOffset, model.byteOffset + model.byteLength) as ArrayBuffer)
  const answer = ({ matchup, league }: Asked): number => {
    const begin = performance.now()
    const now = Date.now()
    JSON.stringify(known.insight(known.pairing(matchup, league, now)!, now))
    return performance.now() - begin
  }
  return Array.from({ length: ANSWERS }, (_, at) => {
    const each = asked[(at * 7) % asked.length]!
    return Math.min(...Array.from({ length: TRIES }, () => answer(each)))
  })
}

function part(numbers: readonly number[], share: number): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length * share)]!
}

export async function measure(): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'sabiscore-edge-model-'))
  try {
    const file = join(folder, 'model')
    const { asked, cold_ms } = await functions(file)
    const model = readFileSync(file)
    const firsts: number[] = []
    for (let round = 0; round < ROUNDS; round += 1) firsts.push(await first(model, asked[round]!))
    const first_ms = part(firsts, 0.5)
    const each = answers(model, asked)
    const code = await bundle(ENTRY)
    const check = (what: string, value: number, bound: number, unit: string): Check => ({ id: 'model', what, value, sense: '≤', bound, unit })
    return {
      checks: [
        check("first answer in an isolate over the functions' cold miss", first_ms / cold_ms, MOST.first, '×'),
        check('an answer that follows, p99', part(each, 0.99), MOST.p99_ms, 'ms'),
        check('bundle, minified', code.length / 1000, MOST.bundle_kb, 'kB'),
      ],
      notes: [
        `model: first ${first_ms.toFixed(0)} ms, functions ${cold_ms.toFixed(0)} ms; medians of ${ROUNDS} isolates and of 5 processes.`,
        `model: an answer takes ${part(each, 0.5).toFixed(2)} ms (median of ${ANSWERS} pairings, the least of ${TRIES} tries each).`,
        `model: bundle ${(gzipSync(code).length / 1000).toFixed(1)} kB gzipped; the model ${(model.length / 1e6).toFixed(2)} MB, gzipped ${(gzipSync(model).length / 1e6).toFixed(2)} MB.`,
      ],
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}
