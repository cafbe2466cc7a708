/** How likely each score is, in agreement with the probabilities of the result: sabiscore/domain/scoreline.py. */

import type { Triple } from './forecast.ts'

export type Grid = readonly (readonly number[])[]

/** Numbers by the names that they have in scoreline.py. */
export interface Bounds {
  readonly RHO: number
  readonly MOST_GOALS: number
  readonly LEAST_RATE: number
  readonly MOST_RATE: number
  readonly LINE: number
  readonly MOST_TILT: number
}

/** Of a result, what lies under the line and over it. */
type Part = [under: number, over: number]

const MOST_STEPS = 200
const LEAST_PART = 1e-300

/** 0, 1 or 2: home, draw or away. */
const resultOf = (home: number, away: number) => Number(home <= away) + Number(home < away)

/** The grid whose home, draw and away are `p`, and three goals or more `over`; each is more than 0 and less than 1. */
export function consistent(p: Triple, over: number, bounds: Bounds): Grid {
  const total = totalOf(over, bounds)
  const share = shareOf(total, Math.log(p[0] / p[2]), bounds)
  const grid = dixonColes(total * share, total * (1 - share), bounds)
  const scale = scaleOf(partsOf(grid, bounds), p, over, bounds)
  return grid.map((row, i) => row.map((cell, j) => cell * scale[resultOf(i, j)]![Number(i + j > bounds.LINE)]!))
}

/** The goals that a grid expects, as sabiscore/insights/compose.py has them: the `top` likeliest scores, a corner of `size`. */
export function goalsOf(grid: Grid, { LINE }: Bounds, { top, size }: { readonly top: number; readonly size: number }): Record<string, unknown> {
  const cells = grid.flatMap((row, home) => row.map((probability, away) => ({ home, away, probability })))
  const sum = (weigh: (home: number, away: number) => number) =>
    cells.reduce((total, { home, away, probability }) => total + weigh(home, away) * probability, 0)
  const over = Math.min(1, sum((home, away) => Number(home + away > LINE)))
  return {
    expected_home: sum((home) => home),
    expected_away: sum((_, away) => away),
    over_2_5: over,
    under_2_5: 1 - over,
    both_score: Math.min(1, sum((home, away) => Number(home > 0 && away > 0))),
    top_scores: cells.toSorted((a, b) => b.probability - a.probability).slice(0, top),
    grid: grid.slice(0, size).map((row) => row.slice(0, size).map((p) => Math.min(1, p))),
  }
}

function partsOf(grid: Grid, { LINE }: Bounds): Part[] {
  const parts: Part[] = [[0, 0], [0, 0], [0, 0]]
  grid.forEach((row, i) => row.forEach((cell, j) => (parts[resultOf(i, j)]![Number(i + j > LINE)]! += cell)))
  return parts.map(([under, over]) => [Math.max(under, LEAST_PART), Math.max(over, LEAST_PART)])
}

/** By result, what its cells are multiplied by: those over the line get one factor before each result is scaled to `p`. */
function scaleOf(parts: readonly Part[], p: Triple, wanted: number, { MOST_TILT }: Bounds): Part[] {
  const above = (tilt: number) => {
    const lean = Math.exp(tilt)
    return parts.reduce((sum, [under, over], at) => sum + (p[at]! * lean * over) / (under + lean * over), 0) - wanted
  }
  const lean = Math.exp(root(above, -MOST_TILT, MOST_TILT))
  return parts.map(([under, over], at) => {
    const factor = p[at]! / (under + lean * over)
    return [factor, lean * factor]
  })
}

/** The goals a match at which three or more are as likely as `over` (Poisson); the nearest end where none are. */
function totalOf(over: number, { LEAST_RATE, MOST_RATE }: Bounds): number {
  const miss = (total: number) => 1 - Math.exp(-total) * (1 + total + (total * total) / 2) - over
  return rootOrEnd(miss, 2 * LEAST_RATE, 2 * MOST_RATE)
}

function dixonColes(homeRate: number, awayRate: number, bounds: Bounds): Grid {
  const { RHO: rho } = bounds
  const [home, away] = [held(homeRate, bounds), held(awayRate, bounds)]
  const [ofHome, ofAway] = [poisson(home, bounds), poisson(away, bounds)]
  const cells = ofHome.map((p) => ofAway.map((q) => p * q))
  cells[0]![0]! *= Math.max(0, 1 - home * away * rho)
  cells[0]![1]! *= Math.max(0, 1 + home * rho)
  cells[1]![0]! *= Math.max(0, 1 + away * rho)
  cells[1]![1]! *= Math.max(0, 1 - rho)
  const total = cells.flat().reduce((sum, p) => sum + p, 0)
  return cells.map((row) => row.map((p) => p / total))
}

/** Home's share of `total` goals at which log(home / away) is `ratio`; the nearest end where none reaches it. */
function shareOf(total: number, ratio: number, bounds: Bounds): number {
  const miss = (share: number) => {
    const [home, away] = winAndLoss(total * share, total * (1 - share), bounds)
    return Math.log(home / away) - ratio
  }
  const low = Math.max(bounds.LEAST_RATE / total, 1 - bounds.MOST_RATE / total)
  return rootOrEnd(miss, low, 1 - low)
}

/** Where a rising `f` crosses zero between `low` and `high`; the nearest end where it does not. */
function rootOrEnd(f: (x: number) => number, low: number, high: number): number {
  if (f(low) >= 0) return low
  return f(high) <= 0 ? high : root(f, low, high)
}

/** Where a rising `f` crosses zero between `low` and `high`, to the last bits. */
function root(f: (x: number) => number, low: number, high: number): number {
  let [from, to] = [low, high]
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const middle = (from + to) / 2
    if (middle === from || middle === to) break
    if (f(middle) < 0) from = middle
    else to = middle
  }
  return (from + to) / 2
}

/** Home's and away's winning weight, up to their common scale. */
function winAndLoss(homeRate: number, awayRate: number, bounds: Bounds): [number, number] {
  const { RHO: rho } = bounds
  const [home, away] = [poisson(homeRate, bounds), poisson(awayRate, bounds)]
  let [win, loss, homeBelow, awayBelow] = [0, 0, 0, 0]
  home.forEach((p, goals) => {
    win += p * awayBelow
    loss += away[goals]! * homeBelow
    homeBelow += p
    awayBelow += away[goals]!
  })
  win += home[1]! * away[0]! * (Math.max(0, 1 + awayRate * rho) - 1)
  loss += home[0]! * away[1]! * (Math.max(0, 1 + homeRate * rho) - 1)
  return [win, loss]
}

const held = (rate: number, { LEAST_RATE, MOST_RATE }: Bounds) => Math.min(MOST_RATE, Math.max(LEAST_RATE, rate))

/** Poisson probabilities of 0 to MOST_GOALS goals. */
function poisson(rate: number, { MOST_GOALS }: Bounds): number[] {
  const terms = [Math.exp(-rate)]
  for (let goals = 1; goals <= MOST_GOALS; goals += 1) terms.push((terms[goals - 1]! * rate) / goals)
  return terms
}
