/** The groups of features of a match without prices of its own, in the order and by the names of sabiscore/features/groups. */

import { both, KINDS, MARKET, MID, outcomeRatios, PERFORMANCE, SEEN, SPEEDS, usual, type Inputs, type Sides } from './inputs.ts'
import { ranked, standing } from './stakes.ts'
import type { Column } from './states.ts'

type Rows = readonly number[]

const FORM = 12
/** The first of FORM that is counted in shots. */
const FROM_SHOTS = 3
const SPANS = 3
const RUN_LIMIT = 10
const SHRUNK_BY = 10
const TABLE_LINES = 3

const range = (size: number) => Array.from({ length: size }, (_, at) => at)
/** Of quantities 0 to `size` - 1: home's, then away's, one quantity after the other. */
const bySides = (known: Inputs, size: number, value: (team: Column, at: number) => number): Rows =>
  range(size).flatMap((at) => both(known, (team) => value(team, at)))

/** sabiscore/features/groups/edges.py `edge_rows`. */
function edgeRows(known: Inputs, kind: number): Rows {
  const gap = (name: string) => known.teams[0].one(name, kind) - known.teams[1].one(name, kind)
  const variance = (team: Column) =>
    Math.min(team.one('slow_variance', kind) + 2 * team.one('covariance', kind) + team.one('fast_variance', kind), known.constants.edges!.MOST_VARIANCE!)
  return [known.edges[kind]!, known.stakes[kind]!, gap('slow'), gap('fast'), ...both(known, variance)]
}

/** sabiscore/features/groups/edges.py `bent_rows`. */
function bentRows({ edges, part }: Inputs, kind: number): Rows {
  const edge = edges[kind]!
  const size = Math.abs(edge)
  return [edge * part.late, edge * part.start, size * part.late, size, edge * size]
}

/** The log-odds of three goals or more where `goals` are expected: sabiscore/features/totals.py `over_of`. */
const overOf = (goals: number) => Math.log(Math.exp(goals) / (1 + goals + 0.5 * goals * goals) - 1)

function ratings(known: Inputs): Rows {
  const { teams: [home, away], league, constants } = known
  const edge = known.edges[PERFORMANCE]
  const elo = range(KINDS * SPEEDS).map(
    (at) => (home.one('elo', at) - away.one('elo', at) + league.one('elo_home', Math.floor(at / SPEEDS))) / constants.update!.ELO_SCALE!,
  )
  const implied = [0, 1].flatMap((side) => known.implied.flatMap((ofKind) => ofKind.map((sides) => sides[side]!)))
  const level = both(known, (team) => (team.one('elo', MID) - constants.state!.BASE_ELO!) / 400)
  const rates = ['attack', 'defence'].flatMap((name) => bySides(known, KINDS, (team, kind) => team.one(name, MID + kind * SPEEDS)))
  return [
    ...outcomeRatios(edge, usual(edge)),
    ...edgeRows(known, PERFORMANCE), Math.sqrt(edge * edge + 0.25), edge * edge, ...bentRows(known, PERFORMANCE),
    ...known.rates.flatMap((ofKind) => ofKind.map(([ofHome, ofAway]) => overOf(Math.exp(ofHome) + Math.exp(ofAway)))),
    ...elo, ...implied, ...level, ...rates,
  ]
}

function form(known: Inputs): Rows {
  const seen = (team: Column, what: number, at: number) =>
    team.one('seen', what) !== 0 && (at % FORM < FROM_SHOTS || team.one('seen', SEEN.SHOTS) !== 0)
  const overall = bySides(known, SPANS * FORM, (team, at) => (seen(team, SEEN.ALL, at) ? team.one('form', at) : NaN))
  const venue = known.teams.flatMap((team, side) =>
    range(FORM).map((at) => (seen(team, side === 0 ? SEEN.HOME : SEEN.AWAY, at) ? team.one('form_venue', side * FORM + at) : NaN)),
  )
  const gap = range(FORM).map((at) => {
    const matches = known.bothSeen(at < FROM_SHOTS ? SEEN.ALL : SEEN.SHOTS)
    const [home, away] = both(known, (team) => team.one('form', FORM + at))
    return (home - away) * (matches > 0 ? matches / (matches + SHRUNK_BY) : NaN)
  })
  return [...overall, ...venue, ...gap]
}

function fatigue(known: Inputs): Rows {
  const ago = (team: Column) => [...team.all('recent')].map((day) => known.day - day)
  const rest = both(known, (team) => Math.min(ago(team)[0]!, known.constants.fatigue!.REST_LIMIT!))
  const counts = [7, 14, 30].flatMap((days) => both(known, (team) => ago(team).filter((each) => each <= days).length))
  return [...rest, rest[0] - rest[1], ...counts]
}

function crowd(known: Inputs): Rows {
  const { teams: [home, away], league } = known
  const boost = [home.one('boost', 0), away.one('boost', 1)] as const
  return [
    league.one('elo_home') / 400, league.one('mean'), league.one('home'), league.one('home_share'),
    ...boost, boost[0] - boost[1], ...both(known, (team) => team.one('venue', PERFORMANCE)),
  ]
}

function momentum(known: Inputs): Rows {
  const [home, away] = known.rates[KINDS - 1]![MID]!
  const turn = (name: string, first: number, scale: number) =>
    both(known, (team) => team.one(name, first + 2) / scale - team.one(name, first) / scale)
  return [
    Math.exp(home), Math.exp(away),
    ...turn('attack', SPEEDS, 1), ...turn('defence', SPEEDS, 1), ...turn('elo', 0, 400),
    ...bySides(known, 4, (team, at) => team.one('surplus', at)),
    ...bySides(known, 2, (team, at) => team.one('luck', at)),
    ...bySides(known, 5, (team, at) => Math.min(team.one('streaks', at), RUN_LIMIT)),
  ]
}

function headToHead({ pair, lower, day, constants }: Inputs): Rows {
  const weight = pair.one('count')
  const meetings = weight > 0 ? weight : NaN
  const days = Math.min(day - pair.one('last_day'), constants.head_to_head!.HEAD_TO_HEAD_LIMIT_DAYS!)
  return [
    weight, (lower * pair.one('result')) / meetings, (lower * pair.one('goal_difference')) / meetings,
    pair.one('goals') / meetings, weight > 0 ? days : NaN,
  ]
}

function table(known: Inputs): Rows {
  const { league, constants, part } = known
  const rows = ranked(league)
  const members = league.one('members')
  const lines = [0, 3, Math.max(members - 3, 0)].map((at) => pointsOf(rows[at]!, constants.state!.STANDING_POINTS!))
  const played = both(known, (team) => team.one('season_played'))
  const aMatch = (value: number, side: number) => value / (played[side]! > 0 ? played[side]! : NaN)
  const position = both(known, (team) => (2 * rows.filter((each) => each > standing(team, constants.state!)).length) / part.rounds)
  const points = both(known, (team) => team.one('points'))
  const difference = both(known, (team) => team.one('goal_difference'))
  const gaps = lines.map((line) => points.map((own, side) => {
    const left = 3 * Math.max(part.rounds - played[side]!, 0) + 3
    return Math.min(Math.max((own - line) / left, -2), 2)
  }) as unknown as Sides)
  const near = gaps.map((sides) => sides.map((gap) => Math.exp(-constants.table!.NEAR! * gap * gap) * part.late) as unknown as Sides)
  near.push([0, 1].map((side) => Math.max(...near.map((sides) => sides[side]!))) as unknown as Sides)
  const standings = [
    part.progress, ...played, ...position, ...points.map(aMatch), ...difference.map(aMatch), ...gaps.flat(),
    ...near.map(([home, away]) => home - away), ...near.map(([home, away]) => home + away),
    ...range(TABLE_LINES).map((line) => part.late * (gaps[line]![0] - gaps[line]![1])),
  ]
  return [...standings.map((value) => (part.underWay ? value : NaN)), ...season(known)]
}

/** The points of a standing; 0 of a place that nobody holds. */
const pointsOf = (standings: number, scale: number) => Math.floor((Number.isFinite(standings) ? standings : 0) / scale)

function season(known: Inputs): Rows {
  const { late, start } = known.part
  const promoted = both(known, (team) => Number(team.one('climbed') > 0))
  const [gap, total] = [promoted[0] - promoted[1], promoted[0] + promoted[1]]
  return [late, start, gap, total, gap * start, total * start]
}

function marketPast(known: Inputs): Rows {
  const { openness, over, league, priced, past, constants } = known
  const [own, doubt] = ['over', 'over_variance'].map((name) => known.teams[0].one(name) + known.teams[1].one(name)) as [number, number]
  const rows = [
    ...edgeRows(known, MARKET), openness, league.one('openness'), 0.5 * (priced[0] + priced[1]),
    ...bentRows(known, MARKET), ...both(known, (team) => team.one('market_move')),
    over, own, Math.min(doubt, 2 * constants.state!.OVER_VARIANCE_NEWCOMER!),
  ]
  return [Number(past), ...priced, ...rows.map((value) => (past ? value : NaN))]
}

/** By name, in the order of the vector; the two groups of a match's own prices are not among them. */
export const GROUPS: Readonly<Record<string, (known: Inputs) => Rows>> = {
  ratings, form, fatigue, crowd, momentum, head_to_head: headToHead, table, market_past: marketPast,
}
