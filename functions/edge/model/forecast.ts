/** What the graph says of a pairing, at each level of knowledge and without each group: sabiscore/insights/forecast.py. */

import type { Graph } from './graph.ts'
import { BadModel } from './packed.ts'
import { absent, type Features } from './vector.ts'

export type Triple = readonly [home: number, draw: number, away: number]

export interface Calibration {
  readonly matrix: readonly Triple[]
  readonly bias: Triple
}

export interface ForecastHeader {
  readonly features: Features
  /** The correction that settled predictions taught; null where there is none. */
  readonly live: Calibration | null
  /** Groups that are absent where they are taken away, with those that cannot be known without them. */
  readonly taken_away: Readonly<Record<string, readonly string[]>>
  /** The groups of the market. */
  readonly market: readonly string[]
}

export interface Forecast {
  readonly p: Triple
  /** The probability of three goals or more. */
  readonly over: number
  readonly knowledge: 'no_odds' | 'past_odds'
  /** From the least knowledge to all that there is. */
  readonly levels: readonly (readonly [name: string, p: Triple])[]
  /** What each group moved, the largest first. */
  readonly shifts: readonly (readonly [group: string, p: Triple])[]
}

const LEAST_P = 1e-12

/** The forecast by the vector `x`; `baseline` has the typical value of each feature. */
export function forecast(graph: Graph, header: ForecastHeader, baseline: Float32Array, x: Float32Array): Forecast {
  const { features, market, taken_away: takenAway } = header
  const none = absent(features)
  const without = (groups: readonly string[], values: Float32Array, from = x) => {
    const row = from.slice()
    for (const group of groups) row.set(values.subarray(...features.groups[group]!), features.groups[group]![0])
    return row
  }
  const hasPast = x[features.flags[0]] === 1
  const present = Object.keys(features.groups).filter((group) => isPresent(x.subarray(...features.groups[group]!), none.subarray(...features.groups[group]!)))
  const others = Object.keys(features.groups).filter((group) => group !== 'ratings' && !market.includes(group))
  const blind = without(market, none)
  const rows = [
    x,
    ...present.map((group) => (group in takenAway ? without(takenAway[group]!, none) : without([group], baseline))),
    without(others, baseline, blind),
    ...(hasPast ? [blind] : []),
  ]
  const { p, over } = predicted(graph, rows, header.live)
  const knowledge = hasPast ? 'past_odds' : 'no_odds'
  const below = hasPast ? ['ratings', 'no_odds'] : ['ratings']
  const known = normalised(p[0]!)
  const shifts = present.map((group, at) => [group, p[0]!.map((each, k) => each - p[at + 1]![k]!) as unknown as Triple] as const)
  return {
    p: known,
    over,
    knowledge,
    levels: [...below.map((name, at) => [name, normalised(p[1 + present.length + at]!)] as const), [knowledge, known]],
    shifts: shifts.sort((a, b) => sizeOf(b[1]) - sizeOf(a[1])),
  }
}

/** Half the sum of the three moves: the probability that changed sides. */
export const sizeOf = (p: Triple) => (Math.abs(p[0]) + Math.abs(p[1]) + Math.abs(p[2])) / 2

/** Whether anything is known that could be taken away. */
const isPresent = (x: Float32Array, none: Float32Array) => x.some((value, at) => value !== none[at] && !Number.isNaN(value))

/** Of each row the result, corrected by `live`; of the first one three goals or more, which nothing corrects. */
function predicted(graph: Graph, rows: readonly Float32Array[], live: Calibration | null): { p: Triple[]; over: number } {
  const all = new Float32Array(rows.length * graph.features)
  rows.forEach((row, at) => all.set(row, at * graph.features))
  const { probabilities, over: [over] } = graph.run(all)
  if (!(over! >= 0 && over! <= 1)) throw new BadModel('goals that are no probability')
  const p = rows.map((_, at) => {
    const ofRow = normalised([probabilities[3 * at]!, probabilities[3 * at + 1]!, probabilities[3 * at + 2]!])
    return live === null ? ofRow : calibrated(ofRow, live)
  })
  return { p, over: over! }
}

/** softmax(log p · matrix + bias): sabiscore/domain/calibration.py. */
export function calibrated(p: Triple, { matrix, bias }: Calibration): Triple {
  const logs = p.map((each) => Math.log(Math.max(each, LEAST_P)))
  const z = bias.map((each, k) => matrix.reduce((sum, row, at) => sum + logs[at]! * row[k]!, 0) + each)
  const top = Math.max(...z)
  return normalised(z.map((each) => Math.exp(each - top)) as unknown as Triple)
}

function normalised(p: Triple): Triple {
  const total = p[0] + p[1] + p[2]
  return [p[0] / total, p[1] / total, p[2] / total]
}
