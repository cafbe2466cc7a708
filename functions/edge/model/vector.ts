/** The feature vector of a match that has no prices of its own, as sabiscore/features/vector.py computes it. */

import { GROUPS } from './groups.ts'
import { inputsOf, type Constants } from './inputs.ts'
import { BadModel } from './packed.ts'
import type { Meeting } from './states.ts'

export interface Features {
  readonly size: number
  /** Group → its first column and the one after its last. */
  readonly groups: Readonly<Record<string, readonly [first: number, end: number]>>
  /** Columns that are 0 where their group is not known; the others are NaN then. */
  readonly zero: readonly number[]
  /** Whether past and present prices are known. */
  readonly flags: readonly [past: number, now: number]
}

/** What each column holds where its group is not known. */
export function absent({ size, zero }: Features): Float32Array {
  const values = new Float32Array(size).fill(NaN)
  for (const column of zero) values[column] = 0
  return values
}

/** Throws BadModel where the groups are not those that are computed here. */
export function vector(match: Meeting, features: Features, constants: Constants): Float32Array {
  const values = absent(features)
  const known = inputsOf(match, constants)
  for (const [name, rows] of Object.entries(GROUPS)) {
    const [first, end] = features.groups[name] ?? [0, 0]
    const computed = rows(known)
    if (computed.length !== end - first) throw new BadModel(`${end - first} features of ${name}, not ${computed.length}`)
    values.set(computed, first)
  }
  return values
}
