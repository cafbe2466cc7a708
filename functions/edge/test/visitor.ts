/** A reader in a room, who remembers what it was told. */

import { once } from 'node:events'

import { WebSocket, type ClientOptions } from 'ws'

export interface Told {
  readonly type: string
  readonly [name: string]: unknown
}

export class Visitor {
  readonly socket: WebSocket
  readonly told: Told[] = []
  readonly #waiting = new Set<() => void>()

  private constructor(url: string, headers: Record<string, string>) {
    // workerd leaves it to us to end a connection that it has closed from an alarm.
    this.socket = new WebSocket(url, { headers, perMessageDeflate: false, closeTimeout: 200 } as ClientOptions)
    this.socket.on('message', (text) => {
      const word = String(text)
      this.told.push(word === 'pong' ? { type: 'pong' } : (JSON.parse(word) as Told))
      for (const look of this.#waiting) look()
    })
  }

  /** Inside the room; throws the status of a refusal. */
  static async enter(url: string, headers: Record<string, string> = {}): Promise<Visitor> {
    const visitor = new Visitor(url.replace(/^http/, 'ws'), headers)
    await new Promise<void>((resolve, reject) => {
      visitor.socket.once('open', resolve).once('error', reject)
      visitor.socket.once('unexpected-response', (request, response) => {
        reject(new Error(String(response.statusCode)))
        request.destroy()
      })
    })
    return visitor
  }

  /** The first thing told that is of this type and fits, now or later. */
  async hears(type: string, fits: (told: Told) => boolean = () => true): Promise<Told> {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.told.find((told) => told.type === type && fits(told))
        if (found === undefined) return
        this.#waiting.delete(look)
        resolve(found)
      }
      this.#waiting.add(look)
      look()
    })
  }

  /** The code that the room closes with. */
  async closed(): Promise<number> {
    if (this.socket.readyState === WebSocket.CLOSED) throw new Error('closed before')
    const [code] = (await once(this.socket, 'close')) as [number]
    return code
  }

  leave(): void {
    this.socket.close()
  }
}
