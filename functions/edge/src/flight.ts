/** One call a key within an isolate: who comes while it is under way gets its answer. */

/** Longer than the origin's deadline: a leader that the runtime ended must not hold others up for ever. */
const PATIENCE_MS = 11_000

/** What came of a call: its answer, or why there is none. */
type Outcome<T> = { readonly answer: T } | { readonly error: unknown }
type Tell<T> = (outcome: Outcome<T>) => void

interface Call<T> {
  readonly since: number
  readonly waiting: Tell<T>[]
}

export class Flight<T> {
  readonly #calls = new Map<string, Call<T>>()

  /** The answer of the call under way: `undefined` if there is none, or if it never ends. Throws what that call throws. */
  async join(key: string): Promise<T | undefined> {
    const call = this.#calls.get(key)
    if (call === undefined || Date.now() - call.since > PATIENCE_MS) return undefined
    // A promise of our own request: the runtime lets no request wait on the promise of another.
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => resolve(undefined), PATIENCE_MS)
      call.waiting.push((outcome) => {
        clearTimeout(timer)
        if ('answer' in outcome) resolve(outcome.answer)
        else reject(outcome.error)
      })
    })
  }

  isUnderWay(key: string): boolean {
    const call = this.#calls.get(key)
    return call !== undefined && Date.now() - call.since <= PATIENCE_MS
  }

  /** Makes the call that others may join. */
  async lead(key: string, make: () => Promise<T>): Promise<T> {
    const call: Call<T> = { since: Date.now(), waiting: [] }
    this.#calls.set(key, call)
    const outcome = await make().then((answer) => ({ answer }), (error: unknown) => ({ error }))
    if (this.#calls.get(key) === call) this.#calls.delete(key)
    for (const tell of call.waiting) tell(outcome)
    if ('error' in outcome) throw outcome.error
    return outcome.answer
  }
}
