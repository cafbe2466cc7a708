/** What is at stake for home more than for away near the end of a season: sabiscore/features/stakes.py. */

import type { Constants } from './inputs.ts'
import type { Column, Meeting } from './states.ts'

const LINES = [1, 4, 6]
const FROM_BELOW = 3

type Pair = [market: number, performance: number]

/** One number that orders a table by points, goal difference and goals scored. */
export function standing(team: Column, { STANDING_POINTS }: Readonly<Record<string, number>>): number {
  return team.one('points') * STANDING_POINTS! + (team.one('goal_difference') + 500) * 1e3 + team.one('goals_for')
}

/** The league's standings, the best first. */
export function ranked(league: Column): Float64Array {
  return league.all('table').slice().sort().reverse()
}

/** By kind of strength; 0 while much of the season is to come. */
export function stakes(match: Meeting, constants: Constants): Pair {
  const known = constants.stakes!
  const members = match.league.one('members')
  const played = match.teams.map((team) => team.one('season_played')) as [number, number]
  const first = Math.max(2 * (members - 1) - known.LAST_MATCHES!, known.FEWEST_PLAYED!)
  if (!match.hasLines || members < known.FEWEST_MEMBERS! || Math.min(...played) < first) return [0, 0]
  const remaining = played.map((each) => Math.max(2 * (members - 1) - each, 1)) as [number, number]
  const near = match.teams.map((team, side) => nearness(team, match.league, members, remaining[side]!, constants))
  const pull = near.map((lines, side) => lines.map((each) => each / Math.sqrt(remaining[side]!)))
  const dead = near.map((lines) => 1 - Math.max(...lines)) as [number, number]
  const weight = Math.exp((remaining[0] + remaining[1]) / (-2 * known.WEIGHT_MATCHES!))
  const { PULL, DEAD } = known as unknown as { PULL: number[][]; DEAD: number[] }
  return [0, 1].map((kind) => {
    const pulled = PULL[kind]!.reduce((sum, each, line) => sum + each * (pull[0]![line]! - pull[1]![line]!), 0)
    return weight * (pulled + DEAD[kind]! * (dead[0] - dead[1]))
  }) as Pair
}

/** How near each line is to a team: 1 on it, 0 beyond its reach. */
function nearness(team: Column, league: Column, members: number, remaining: number, constants: Constants): number[] {
  const { POINTS_A_MATCH, REACH, REACH_SLACK } = constants.stakes!
  const table = ranked(league)
  const own = standing(team, constants.state!)
  return [...LINES, members - FROM_BELOW].map((line) => {
    const [on, below] = [table[line - 1]!, table[line]!]
    const from = points(own, constants) - points(own >= on ? below : on, constants)
    const isNear = Math.abs(from) <= REACH! * remaining + REACH_SLACK!
    return isNear ? Math.exp(from ** 2 / (-2 * POINTS_A_MATCH! ** 2 * remaining)) : 0
  })
}

/** Points, and goal difference in thousandths. */
function points(standings: number, { state }: Constants): number {
  return Math.floor(standings / (state!.STANDING_POINTS! / 1e3)) / 1e3
}
