import assert from 'node:assert/strict'
import { test } from 'node:test'

import { open } from './fixture.ts'
import { formatsReady } from './formats_ready.ts'

const ADDRESS = '/assets/formats_worker-ABC1234.js'
const british = { language: 'en-GB' }

/** A thread that answers by `answer`, where it does. */
function threads(answer: (worker: { onmessage(): void; onerror(): void }) => void): string[] {
  const seen: string[] = []
  class Thread {
    onmessage = () => undefined
    onerror = () => undefined
    constructor(address: string) {
      seen.push(address)
    }
    postMessage(language: string): void {
      seen.push(language)
      answer(this)
    }
    terminate(): void {
      seen.push('ended')
    }
  }
  Object.defineProperty(globalThis, 'Worker', { value: Thread, configurable: true })
  return seen
}

test('the formats of the reader are used in a thread, which ends', async () => {
  open('', undefined, { 'data-formats': ADDRESS })
  const seen = threads((worker) => worker.onmessage())
  await formatsReady(british)
  assert.deepEqual(seen, [ADDRESS, 'en-GB', 'ended'])
})

test('where a thread fails times are written all the same', async () => {
  open('', undefined, { 'data-formats': ADDRESS })
  const seen = threads((worker) => worker.onerror())
  await formatsReady(british)
  assert.equal(seen.at(-1), 'ended')
})

test('no script of another place is started, and without an address none', async () => {
  open('', undefined, { 'data-formats': 'https://elsewhere.test/formats_worker-ABC1234.js' })
  const seen = threads(() => assert.fail('nothing is started'))
  await formatsReady(british)
  open('')
  await formatsReady(british)
  assert.deepEqual(seen, [])
})
