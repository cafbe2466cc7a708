/** An origin whose answers a test says, and which remembers what it was asked. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void

export class Origin {
  readonly #server: Server
  asked: IncomingMessage[] = []
  answer: Answer = (_, response) => response.end()

  private constructor() {
    this.#server = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += String(chunk)
      this.asked.push(request)
      this.answer(request, response, body)
    })
  }

  static async start(): Promise<Origin> {
    const origin = new Origin()
    await new Promise<void>((resolve) => origin.#server.listen(0, '127.0.0.1', resolve))
    return origin
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  asks(path: string): number {
    return this.asked.filter((request) => request.url === path).length
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

/** Every connection breaks before an answer. */
export const away: Answer = (request) => request.socket.destroy()

/** 200 with `body` and `headers`. */
export function say(body: string | Uint8Array, headers: Record<string, string>): Answer {
  return (_, response) => response.writeHead(200, headers).end(body)
}
