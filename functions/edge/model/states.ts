/** What is known of two teams, their league and their meetings, as numbers by name. */

import { BadModel, type Packed } from './packed.ts'

/** Where a quantity begins and ends among the rows of a team, a league or a pair: sabiscore/features/state.py. */
export type Layout = Readonly<Record<string, readonly [first: number, end: number]>>

/** A column of a state: every quantity of one team, league or pair. */
export class Column {
  readonly #rows: Float64Array
  readonly #layout: Layout

  constructor(rows: Float64Array, layout: Layout) {
    this.#rows = rows
    this.#layout = layout
  }

  /** The numbers of a quantity. Throws BadModel where there is none of that name. */
  all(name: string): Float64Array {
    const place = this.#layout[name]
    if (place === undefined) throw new BadModel(`states without ${name}`)
    return this.#rows.subarray(place[0], place[1])
  }

  /** One of them, the first by default. */
  one(name: string, at = 0): number {
    return this.all(name)[at]!
  }
}

/** A match between two teams of a league, as it stands when they meet. */
export interface Meeting {
  /** Home, then away, both entered in the season of the day. */
  readonly teams: readonly [home: Column, away: Column]
  readonly league: Column
  readonly pair: Column
  /** 1 where home is the team that the pair's numbers are seen from, else -1. */
  readonly lower: number
  /** Since 1970-01-01. */
  readonly day: number
  /** The year that the season begins in. */
  readonly season: number
  /** Whether the stakes of the last matches are known of this league. */
  readonly hasLines: boolean
}

export interface LeagueHeader {
  readonly teams: readonly { readonly key: string; readonly name: string }[]
  /** Indices of home and away of every coming match. */
  readonly scheduled: readonly (readonly [home: number, away: number])[]
  readonly has_lines: boolean
}

export interface StatesHeader {
  readonly day_number: number
  readonly season: number
  readonly layout: Readonly<Record<'team' | 'league' | 'pair', Layout>>
  readonly leagues: Readonly<Record<string, LeagueHeader>>
}

/** The meeting of two different teams of `league` by their indices: see sabiscore/edge_model/league_states.py. */
export function meeting(packed: Packed, header: StatesHeader, league: string, home: number, away: number): Meeting {
  const [teams, rows] = packed.shape(`team/${league}`) as [number, number]
  const [, ofPair] = packed.shape(`pair/${league}`) as [number, number]
  const all = packed.array(`team/${league}`, 'float64')
  const team = (index: number) => new Column(all.subarray(index * rows, (index + 1) * rows), header.layout.team)
  const [first, second] = home < away ? [home, away] : [away, home]
  const row = first * teams - (first * (first + 1)) / 2 + second - first - 1
  const pairs = packed.array(`pair/${league}`, 'float64')
  return {
    teams: [team(home), team(away)],
    league: new Column(packed.array(`league/${league}`, 'float64'), header.layout.league),
    pair: new Column(pairs.subarray(row * ofPair, (row + 1) * ofPair), header.layout.pair),
    lower: home < away ? 1 : -1,
    day: header.day_number,
    season: header.season,
    hasLines: header.leagues[league]!.has_lines,
  }
}
