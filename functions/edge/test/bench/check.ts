/** A bound of the Worker as it was measured, and how it is printed: as infra/bench/check.py does for the functions. */

export interface Check {
  /** The line of the reliability bar, or what the bound is of. */
  readonly id: string
  readonly what: string
  readonly value: number
  readonly sense: '≤' | '≥'
  readonly bound: number
  readonly unit: string
}

export interface Measured {
  readonly checks: readonly Check[]
  /** What one must know to read them. */
  readonly notes: readonly string[]
}

const holds = ({ value, sense, bound }: Check) => (sense === '≤' ? value <= bound : value >= bound)

function lineOf(check: Check): string {
  const { id, what, value, unit, sense, bound } = check
  const figure = Math.abs(value) >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(3)))
  return `${id.padEnd(6)} ${what.padEnd(52)} ${figure.padStart(7)} ${unit.padEnd(3)} ${sense} ${bound} ${holds(check) ? 'holds' : 'MISSED'}`
}

/** Prints what was measured; the exit code: 1 when a bound is missed. */
export function report(parts: readonly Measured[], asJson: boolean): number {
  const checks = parts.flatMap((part) => part.checks)
  const notes = parts.flatMap((part) => part.notes)
  const missed = checks.filter((check) => !holds(check))
  if (asJson) {
    const all = checks.map((check) => ({ ...check, holds: holds(check) }))
    console.log(JSON.stringify({ holds: missed.length === 0, checks: all, notes }, null, 2))
  } else {
    for (const line of [...checks.map(lineOf), ...notes.map((note) => `       ${note}`)]) console.log(line)
  }
  if (missed.length > 0) console.error(`Missed ${missed.length} of ${checks.length} bounds: ${missed.map((check) => check.what).join('; ')}.`)
  return missed.length > 0 ? 1 : 0
}
