/** One call a key within an isolate: who comes while it is under way gets its answer. */

/** Longer than the origin's deadline: a leader that the runtime ended must not hold others up for ever. */
const PATIENCE_MS = 11_000

type Tell<T> = (answer: T | undefined) => void

interface Call<T> {
  readonly since: number
  readonly waiting: Tell<T>[]
}

export class Flight<T> {
  readonly #calls = new Map<string, Call<T>>()

  /** The answer of the call under way: `undefined` if there is none, or if it fails or never ends. */
  async join(key: string): Promise<T | undefined> {
    const call = this.#calls.get(key)
    if (call === undefined || Date.now() - call.since > PATIENCE_MS) return undefined
    // A promise of our own request: the runtime lets no request wait on the promise of another.
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), PATIENCE_MS)
      call.waiting.push((answer) => {
        clearTimeout(timer)
        resolve(answer)
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
    let answer: T | undefined
    try {
      answer = await make()
      return answer
    } finally {
      if (this.#calls.get(key) === call) this.#calls.delete(key)
      for (const tell of call.waiting) tell(answer)
    }
  }
}
