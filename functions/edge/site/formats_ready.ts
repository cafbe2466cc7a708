/** Formats of times that are quick to use once they are wanted: their first use is in a thread of its own. */

import type { Locale } from './locale.ts'
import { startFormatsWorker } from './trusted.ts'

/** Longer than a slow phone takes; whoever waits for more writes times at the old cost. */
const PATIENCE_MS = 2_000

/** Waits until the formats of `locale` were used once elsewhere; at once where there are no such threads. */
export async function formatsReady({ language }: Locale): Promise<void> {
  const address = document.documentElement.dataset.formats
  if (address === undefined || typeof Worker !== 'function') return
  try {
    await used(startFormatsWorker(address), language)
  } catch (error) {
    console.info(`formats: ${String(error)}`)
  }
}

function used(worker: Worker, language: string): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    setTimeout(reject, PATIENCE_MS, new Error('no answer'))
    worker.onmessage = () => resolve()
    worker.onerror = () => reject(new Error('the thread could not be started'))
    worker.postMessage(language)
  }).finally(() => worker.terminate())
}
