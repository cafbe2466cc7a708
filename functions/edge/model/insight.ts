/** The insight about a pairing that is in no calendar, as sabiscore/insights/compose.py composes it. */

import { forecast, sizeOf, type Forecast, type ForecastHeader, type Triple } from './forecast.ts'
import { consistent, goalsOf, type Bounds } from './goals.ts'
import { Graph } from './graph.ts'
import type { Constants } from './inputs.ts'
import { BadModel, Packed } from './packed.ts'
import { pairing, type Pairing, type Words } from './pairing.ts'
import { meeting, type StatesHeader } from './states.ts'
import { vector } from './vector.ts'

const FORMAT = 2
const OUTCOMES = ['home', 'draw', 'away'] as const

interface Header extends ForecastHeader, StatesHeader {
  readonly format: number
  readonly version: string
  readonly publication: string
  readonly as_of: string
  readonly rehearsal: boolean
  readonly day: string
  readonly graph: unknown
  readonly constants: Constants
  readonly words: Words
  readonly reasons: { readonly titles: Readonly<Record<string, string>>; readonly most: number; readonly least: number }
  readonly levels: Readonly<Record<string, string>>
  readonly ranges_normal: number
  readonly grid: { readonly top: number; readonly size: number }
  readonly publication_life_s: number
  readonly document_life_s: number
}

interface Team {
  readonly key: string
  readonly name: string
}

type Plain = Record<string, unknown>
/** A document of a league, without what depends on the pairing. */
type Template = Plain & { match: Plain; model: Plain; freshness: Plain; ranges: Plain | null; unknown: Record<string, string> }

/** An edge model that can answer. */
export class EdgeModel {
  readonly header: Header
  readonly #packed: Packed
  readonly #graph: Graph
  readonly #baseline: Float32Array

  /** Throws BadModel for bytes that another version made. */
  constructor(bytes: ArrayBuffer) {
    this.#packed = new Packed(bytes)
    this.header = this.#packed.header as unknown as Header
    if (this.header.format !== FORMAT) throw new BadModel(`an edge model of format ${this.header.format}`)
    this.#graph = new Graph(this.#packed, this.header.graph)
    this.#baseline = this.#packed.array('baseline', 'float32')
  }

  /** The pairing that `text` means, where it is in no calendar and its day is not over; undefined otherwise. */
  pairing(text: string, league: string | null, now: number): Pairing | undefined {
    const found = pairing(text, league, this.header.words)
    if (found === undefined || this.#at(now) >= Date.parse(this.header.day) + 86_400_000) return undefined
    const { scheduled } = this.header.leagues[found.league]!
    return scheduled.some(([home, away]) => home === found.home && away === found.away) ? undefined : found
  }

  forecast({ league, home, away }: Pairing): Forecast {
    const { header } = this
    const x = vector(meeting(this.#packed, header, league, home, away), header.features, header.constants)
    return forecast(this.#graph, header, this.#baseline, x)
  }

  /** The document at `now`, in milliseconds since 1970. */
  insight(asked: Pairing, now: number): Plain {
    const known = this.forecast(asked)
    const { league, home, away } = asked
    const teams = [this.header.leagues[league]!.teams[home]!, this.header.leagues[league]!.teams[away]!] as const
    const document = JSON.parse(this.#text(`document/${league}/${known.knowledge}`)!) as Template
    const goals = this.#goals(known)
    const form = this.#form(asked, teams)
    const reasons = this.#reasons(known, teams)
    for (const [name, value] of [['goals', goals], ['form', form], ['reasons', reasons[0]]] as const) {
      if (value) delete document.unknown[name]
    }
    return {
      ...document,
      match: { ...document.match, home: teams[0], away: teams[1] },
      probabilities: named(known.p),
      confidence: confidence(known.p),
      goals,
      reasons,
      levels: known.levels.map(([level, p]) => ({ level, title: this.header.levels[level], probabilities: named(p) })),
      levels_text: this.#levelsText(known, teams),
      ranges: document.ranges && this.#ranges(document.ranges, known.p),
      form,
      ...this.#times(document, now),
    }
  }

  /** The instant that a document of `now` speaks of; a rehearsal stands still. */
  #at(now: number): number {
    const life = this.header.document_life_s * 1000
    return this.header.rehearsal ? Date.parse(this.header.as_of) : now - (now % life)
  }

  #times({ freshness }: Template, now: number): Plain {
    const at = this.#at(now)
    const age = Math.max(0, (at - Date.parse(this.header.as_of)) / 1000)
    return {
      freshness: { ...freshness, age_s: Math.floor(age), stale: age > this.header.publication_life_s },
      generated_at: new Date(at).toISOString().replace('.000Z', 'Z'),
    }
  }

  #goals({ p, over }: Forecast): Plain | null {
    if (Math.min(...p) <= 0 || over <= 0 || over >= 1) return null
    const bounds = this.header.constants.scoreline as unknown as Bounds
    return goalsOf(consistent(p, over, bounds), bounds, this.header.grid)
  }

  #form({ league, home, away }: Pairing, teams: readonly [Team, Team]): Plain | null {
    const [ofHome, ofAway] = [home, away].map((team, side) => {
      const text = this.#text(`form/${league}/${team}`)
      return text === undefined ? { team: teams[side], results: [], ratings: [], isEmpty: true } : (JSON.parse(text) as Plain)
    }) as [Plain, Plain]
    if (ofHome.isEmpty && ofAway.isEmpty) return null
    delete ofHome.isEmpty
    delete ofAway.isEmpty
    return { home: ofHome, away: ofAway }
  }

  #reasons({ shifts }: Forecast, teams: readonly [Team, Team]): Plain[] {
    const { titles, most, least } = this.header.reasons
    return shifts.filter(([, p]) => sizeOf(p) >= least).slice(0, most).map(([group, p]) => {
      const place = p.indexOf(Math.max(...p))
      const whom = [teams[0].name, 'a draw', teams[1].name][place]!
      const text = `${titles[group]}: ${rounded(100 * p[place]!, 1)} points more for ${whom}.`
      return { group, title: titles[group], text, favours: OUTCOMES[place], ...named(p) }
    })
  }

  #levelsText({ levels, p }: Forecast, teams: readonly [Team, Team]): string {
    const place = p.indexOf(Math.max(...p))
    const steps: string[] = []
    let shown: string | undefined
    levels.forEach(([name, of], at) => {
      const percent = `${rounded(100 * of[place]!, 0)}%`
      const title = this.header.levels[name]!
      if (percent !== shown || at === levels.length - 1) steps.push(`${title[0]!.toLowerCase()}${title.slice(1)} ${percent}`)
      shown = percent
    })
    return `${[teams[0].name, 'Draw', teams[1].name][place]!}: ${steps.join(', ')}.`
  }

  #ranges(ranges: Plain, p: Triple): Plain {
    const ends = p.map((each) => {
      const half = this.header.ranges_normal * Math.sqrt(each * (1 - each) * (ranges.divergence as number))
      return { low: Math.max(0, each - half), high: Math.min(1, each + half) }
    })
    return { ...ranges, home: ends[0], draw: ends[1], away: ends[2] }
  }

  #text(name: string): string | undefined {
    return this.#packed.has(name) ? new TextDecoder().decode(this.#packed.array(name, 'uint8')) : undefined
  }
}

const named = ([home, draw, away]: Triple) => ({ home, draw, away })

/** `value` with so many decimals; halves, which floats hardly are, go to the even digit as in Python. */
function rounded(value: number, decimals: number): string {
  const scaled = value * 10 ** decimals
  const isHalf = Number.isInteger(scaled * 2) && !Number.isInteger(scaled)
  return isHalf ? ((2 * Math.round(scaled / 2)) / 10 ** decimals).toFixed(decimals) : value.toFixed(decimals)
}

function confidence(p: Triple): Plain {
  const [best, second] = p.toSorted((a, b) => b - a) as [number, number]
  const entropy = -p.reduce((sum, x) => (x > 0 ? sum + x * Math.log(x) : sum), 0)
  return {
    level: best >= 0.6 ? 'HIGH' : best >= 0.45 ? 'MEDIUM' : 'LOW',
    favourite: OUTCOMES[p.indexOf(best)],
    lead: best - second,
    certainty: Math.min(1, Math.max(0, 1 - entropy / Math.log(3))),
  }
}
