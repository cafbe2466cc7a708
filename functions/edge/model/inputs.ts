/** What several groups of features are computed from: sabiscore/features/inputs.py, strength.py, openness.py and totals.py. */

import { stakes } from './stakes.ts'
import type { Column, Meeting } from './states.ts'

/** Numbers by the module and the name that they have in sabiscore/features. */
export type Constants = Readonly<Record<string, Readonly<Record<string, number>>>>

export const MARKET = 0
export const PERFORMANCE = 1
export const SPEEDS = 3
export const MID = 1
/** Of goal rates and Elo: learnt from goals, from expected goals. */
export const KINDS = 2

export type Sides = readonly [home: number, away: number]

/** A value for home and one for away. */
export const both = ({ teams }: Meeting, value: (team: Column) => number): Sides => [value(teams[0]), value(teams[1])]

/** sabiscore/features/openness.py `usual`. */
export function usual(edge: number): number {
  const bend = Math.sqrt(edge * edge + 0.25) - 0.5
  return 0.186 - 0.053 * bend + 0.067 * edge * edge - 0.015 * edge
}

export const outcomeRatios = (edge: number, level: number): Sides => [level + 0.5 * edge, level - 0.5 * edge]

/** Home, draw and away of Dixon–Coles goals at these rates: sabiscore/features/poisson.py. */
export function outcome(rates: Sides, { RHO, MOST_GOALS }: Readonly<Record<string, number>>): [number, number, number] {
  const chance = rates.map((rate) => Math.exp(-rate)) as [number, number]
  const fewer: [number, number] = [...chance]
  let draw = chance[0] * chance[1]
  const moved = RHO! * draw * rates[0] * rates[1]
  const ahead: [number, number] = [0, 0]
  for (let goals = 1; goals <= MOST_GOALS!; goals += 1) {
    chance[0] *= rates[0] / goals
    chance[1] *= rates[1] / goals
    ahead[0] += chance[0] * fewer[1]
    ahead[1] += chance[1] * fewer[0]
    draw += chance[0] * chance[1]
    fewer[0] += chance[0]
    fewer[1] += chance[1]
  }
  const [home, level, away] = [ahead[0] + moved, draw - 2 * moved, ahead[1] + moved]
  const total = home + level + away
  return [home / total, level / total, away / total]
}

export interface SeasonPart {
  readonly underWay: boolean
  readonly rounds: number
  readonly progress: number
  readonly start: number
  readonly late: number
}

export interface Inputs extends Meeting {
  readonly constants: Constants
  /** By kind of strength, and the stakes in them. */
  readonly edges: readonly [market: number, performance: number]
  readonly stakes: readonly [market: number, performance: number]
  readonly openness: number
  /** The log-odds of three goals or more that prices of past totals imply. */
  readonly over: number
  /** Whether prices of past matches of both teams are known. */
  readonly past: boolean
  /** The log-ratios to the draw that those prices imply; NaN where they are not known. */
  readonly priced: Sides
  readonly part: SeasonPart
  /** Log goal rates by kind, speed and side, and what they imply of home and away by kind and speed. */
  readonly rates: readonly (readonly Sides[])[]
  readonly implied: readonly (readonly Sides[])[]
  /** The fewer matches of the two teams, by what was seen of them. */
  readonly bothSeen: (what: number) => number
}

export const SEEN = { ALL: 0, SHOTS: 1, MARKET: 2, HOME: 3, AWAY: 4 } as const

export function inputsOf(match: Meeting, constants: Constants): Inputs {
  const pull = stakes(match, constants)
  const edges = [MARKET, PERFORMANCE].map((kind) => expectedEdge(match, kind) + pull[kind]!) as [number, number]
  const { EDGE_OFFSET, EDGE_SCALE } = constants.strength!
  edges[PERFORMANCE] = EDGE_OFFSET! + EDGE_SCALE! * edges[PERFORMANCE]
  const open = both(match, (team) => team.one('openness'))
  const openness = match.league.one('openness') + open[0] + open[1]
  const over = both(match, (team) => team.one('over'))
  const bothSeen = (what: number) => Math.min(...both(match, (team) => team.one('seen', what)))
  const past = bothSeen(SEEN.MARKET) > 0
  const rates = ratesOf(match)
  return {
    ...match,
    constants,
    edges,
    stakes: pull,
    openness,
    over: match.league.one('over') + over[0] + over[1] + constants.totals!.ON_UNEVENNESS! * edges[MARKET] ** 2,
    past,
    priced: past ? outcomeRatios(edges[MARKET], openness + usual(edges[MARKET])) : [NaN, NaN],
    part: partOf(match, constants),
    rates,
    implied: rates.map((ofKind) => ofKind.map((sides) => implied(sides, constants))),
    bothSeen,
  }
}

function expectedEdge(match: Meeting, kind: number): number {
  const strength = both(match, (team) => team.one('slow', kind) + team.one('fast', kind))
  const venue = match.teams[0].one('venue', kind) + match.teams[1].one('venue', kind)
  return strength[0] - strength[1] + match.league.one('edge_home', kind) + venue
}

function ratesOf(match: Meeting): Sides[][] {
  const { teams: [home, away], league } = match
  return Array.from({ length: KINDS }, (_, kind) =>
    Array.from({ length: SPEEDS }, (__, speed): Sides => {
      const at = kind * SPEEDS + speed
      const mean = league.one('mean', kind)
      return [
        mean + home.one('attack', at) - away.one('defence', at) + league.one('home', kind),
        mean + away.one('attack', at) - home.one('defence', at),
      ]
    }),
  )
}

function implied([home, away]: Sides, constants: Constants): Sides {
  const [pHome, pDraw, pAway] = outcome([Math.exp(home), Math.exp(away)], constants.poisson!)
  return [Math.log(pHome / pDraw), Math.log(pAway / pDraw)]
}

function partOf({ teams, league, season }: Meeting, constants: Constants): SeasonPart {
  const { FEWEST_UNDER_WAY, LATE_FROM, START_ROUNDS } = constants.inputs!
  const members = league.one('members')
  const underWay = league.one('season') === season && members > FEWEST_UNDER_WAY!
  const rounds = underWay ? 2 * (members - 1) : NaN
  const played = teams[0].one('season_played')
  const progress = played / rounds
  const late = Math.min(Math.max((progress - LATE_FROM!) / (1 - LATE_FROM!), 0), 1)
  return { underWay, rounds, progress, start: Math.exp(played / -START_ROUNDS!), late: Number.isNaN(late) ? 0 : late }
}
