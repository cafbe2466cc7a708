/** The time that a page goes by: a rehearsal's stands still at the instant that its page speaks of. */

export function now(): number {
  const frozen = Date.parse(document.documentElement.dataset.clock ?? '')
  return Number.isNaN(frozen) ? Date.now() : frozen
}
