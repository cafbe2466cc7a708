/** The bounds of the Worker that are times and rates: `node test/bench/run.ts [--json] [cost] [faults] [model] [rooms]`. */

import { report, type Measured } from './check.ts'

const HELP = `What the Worker costs and how soon it answers; ends with an error when a bound is missed.

  node test/bench/run.ts [--json] [PART ...]

  cost    hits from memory and from KV, over a worker that returns the same bytes at once (needs wrk)
  faults  F1: answers under every fault of the origin, KV and Upstash, over the deadline
  model   the edge model's first answer over the functions' cold miss, and those that follow
  rooms   a broadcast to 5,000 sockets of one room

  --json  prints the figures for a program`

const PARTS: Record<string, () => Promise<Measured>> = {
  cost: async () => (await import('./cost.ts')).measure(),
  faults: async () => (await import('./faults.ts')).measure(),
  model: async () => (await import('./model.ts')).measure(),
  rooms: async () => (await import('./rooms.ts')).measure(),
}

const given = process.argv.slice(2)
if (given.includes('--help')) {
  console.log(HELP)
  process.exit(0)
}
const wanted = given.filter((each) => each !== '--json')
const unknown = wanted.filter((each) => !(each in PARTS))
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(', ')}.\n\n${HELP}`)
  process.exit(2)
}
const measured: Measured[] = []
for (const part of wanted.length > 0 ? wanted : Object.keys(PARTS)) measured.push(await PARTS[part]!())
process.exit(report(measured, given.includes('--json')))
