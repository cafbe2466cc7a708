/** The newest edge model of the store, kept in the isolate. */

import { behind, type Background } from '../src/environment.ts'
import { orMiss } from '../src/tiers/tier.ts'
import { EdgeModel } from './insight.ts'
import { BadModel } from './packed.ts'

/** The key of what says which model is the newest. */
export const POINTER = 'edge-model'
/** For the first request of an isolate: the functions answer what comes later. */
const DEADLINE_MS = 2_000
/** How often an isolate looks for a newer model; KV takes as long to tell of one. */
const LOOK_EVERY_MS = 60_000

/** A model by the SHA-256 of its bytes, and the instant of the publication that it is made from. */
export interface Pointer {
  readonly sha256: string
  readonly as_of: string
}

export const keyOf = (sha256: string): string => `${POINTER}:${sha256}`

export async function sha256Of(bytes: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

export class Kept {
  #model: EdgeModel | undefined
  #sha256 = ''
  #lookedAt = -Infinity

  /** The model to answer from; undefined where there is none, or it cannot be had in time. */
  async model(store: KVNamespace, background: Background, now: number): Promise<EdgeModel | undefined> {
    if (now - this.#lookedAt >= LOOK_EVERY_MS) {
      this.#lookedAt = now // whoever comes meanwhile is answered from what is here, or by the functions
      const look = this.#look(store)
      if (this.#model === undefined) await orMiss('The edge model', DEADLINE_MS, look)
      else behind(background, 'The edge model', look)
    }
    return this.#model
  }

  async #look(store: KVNamespace): Promise<void> {
    const pointer = await store.get<Pointer>(POINTER, 'json')
    if (pointer === null || pointer.sha256 === this.#sha256) return
    const bytes = await store.get(keyOf(pointer.sha256), 'arrayBuffer')
    if (bytes === null) throw new BadModel('the newest edge model is not stored')
    if ((await sha256Of(bytes)) !== pointer.sha256) throw new BadModel('the stored edge model is another one')
    this.#model = new EdgeModel(bytes)
    this.#sha256 = pointer.sha256
  }
}
