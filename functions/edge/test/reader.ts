/** A reader that sends exactly what a test says and sees exactly what came back: no decoding, no tidying of addresses. */

import { Agent, request } from 'node:http'
import { gunzipSync } from 'node:zlib'

export interface Seen {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly bytes: Buffer
}

export class Reader {
  readonly #base: URL
  readonly #agent: Agent

  constructor(base: string, connections = 32) {
    this.#base = new URL(base)
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections })
  }

  ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Seen> {
    const { hostname, port } = this.#base
    return new Promise((resolve, reject) => {
      const asked = request({ hostname, port, path, method, headers, agent: this.#agent }, (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers, bytes: Buffer.concat(chunks) }))
        answer.on('error', reject)
      })
      asked.on('error', (error: NodeJS.ErrnoException) => {
        // The server may end an idle connection just as we use it again.
        const isRace = asked.reusedSocket && error.code === 'ECONNRESET'
        if (isRace) this.ask(path, headers, method).then(resolve, reject)
        else reject(error)
      })
      asked.end()
    })
  }

  stop(): void {
    this.#agent.destroy()
  }
}

/** What the bytes say by the label that they bear; throws when the label is wrong. */
export function textOf({ headers, bytes }: Seen): string {
  const label = headers['content-encoding']
  if (label !== undefined && label !== 'gzip') throw new Error(`Content-Encoding: ${String(label)}`)
  return (label === 'gzip' ? gunzipSync(bytes) : bytes).toString('utf8')
}
