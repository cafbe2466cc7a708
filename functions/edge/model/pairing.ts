/** The pairing that a reader types, where nothing about it is in doubt: sabiscore/identity/matchups.py. */

const VERSUS = /\s+(?:vs?\.?|versus|against)\s+/i
const LONGEST = 200
const UNFOLDED: Readonly<Record<string, string>> = { ß: 'ss', ø: 'o', đ: 'd', ł: 'l', ı: 'i', æ: 'ae', œ: 'oe' }

/** A league's key, and a team's index in it. */
type Place = readonly [league: string, team: number]
/** Every spelling of a team, as a slug → where it plays. */
export type Words = Readonly<Record<string, readonly Place[]>>

export interface Pairing {
  readonly league: string
  readonly home: number
  readonly away: number
}

/** sabiscore/identity/slugs.py `slug`. */
export function slug(name: string): string {
  const folded = name.toLowerCase().replaceAll(/[ßøđłıæœ]/g, (letter) => UNFOLDED[letter]!).replaceAll("'", '')
  return folded.normalize('NFKD').replaceAll(/[^\x00-\x7f]/g, '').replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '')
}

/** The one pairing that `text` can mean, in `league` if that is not null; undefined where the functions have to judge. */
export function pairing(text: string, league: string | null, words: Words): Pairing | undefined {
  const sides = text.trim().slice(0, LONGEST).split(VERSUS).map(slug)
  if (sides.length !== 2) return undefined
  const [homes, aways] = sides.map((side) => (Object.hasOwn(words, side) ? words[side]! : [])) as [readonly Place[], readonly Place[]]
  const found = homes.flatMap(([ofHome, home]) =>
    aways.filter(([ofAway, away]) => ofAway === ofHome && away !== home && [null, ofHome].includes(league))
      .map(([, away]) => ({ league: ofHome, home, away })))
  return found.length === 1 ? found[0] : undefined
}
