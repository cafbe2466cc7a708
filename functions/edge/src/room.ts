/** One room: its sockets, which sleep between messages, and what was said last. */

import { DurableObject } from 'cloudflare:workers'

import { LONGEST_WORD, MOST_OF_AN_ADDRESS, MOST_SOCKETS, MOST_WORDS_A_MINUTE } from './room_limits.ts'
import type { Environment } from './environment.ts'
import { problem } from './problems.ts'
import { NOT_UNDERSTOOD, presence, textOf, type Said } from './messages.ts'

/** What was said last is told to latecomers for a day. */
const TOLD_MS = 86_400_000
/** Longer than a signature holds, so that no call is taken twice. */
const SEEN_MS = 15 * 60_000
/** Who comes and goes within this time is told of once. */
const PRESENCE_MS = 2_000

const [DONE, TOO_MUCH, TOO_LARGE, GONE] = [1000, 1008, 1009, 4408]

/** What a socket carries through the room's sleep. */
interface Carried {
  readonly heard_at: number
  readonly minute: number
  readonly words: number
}

export class Room extends DurableObject {
  readonly #state: DurableObjectState
  /** A reader that sends no ping for so long is gone, or cannot keep up. */
  readonly #silent_ms: number
  /** How many are in, once counted; counting five thousand at every entry would be most of the work. */
  #inside: number | undefined

  constructor(state: DurableObjectState, environment: Environment) {
    super(state, environment as never)
    this.#state = state
    this.#silent_ms = 1000 * Number(environment.ROOM_SILENT_SECONDS)
    // Answered by the runtime: a ping does not wake the room.
    state.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'))
  }

  override async fetch(request: Request): Promise<Response> {
    const address = request.headers.get('cf-connecting-ip') ?? 'unknown'
    if (this.#open(address).length >= MOST_OF_AN_ADDRESS) {
      const detail = `At most ${MOST_OF_AN_ADDRESS} sockets of one address are in a room.`
      return problem(request, 429, 'too-many-requests', detail, { 'Retry-After': '60' })
    }
    const count = (this.#inside ?? this.#open().length) + 1
    if (count > MOST_SOCKETS) return problem(request, 503, 'unavailable', 'The room is full.', { 'Retry-After': '60' })
    const { 0: theirs, 1: ours } = new WebSocketPair()
    this.#state.acceptWebSocket(ours, [address])
    this.#inside = count
    carry(ours, { heard_at: Date.now(), minute: 0, words: 0 })
    this.#welcome(ours, count)
    await this.#wakeBy(Date.now() + PRESENCE_MS)
    return new Response(null, { status: 101, webSocket: theirs })
  }

  /** How many sockets `data`, the text of an object, was sent to; `undefined` when the call was made before. */
  async broadcast(call: string, data: string): Promise<number | undefined> {
    const now = Date.now()
    const { kv } = this.#state.storage
    const seen = (kv.get<[string, number][]>('seen') ?? []).filter(([, at]) => now - at < SEEN_MS)
    if (seen.some(([id]) => id === call)) return undefined
    const said: Said = { id: call, said_at: now, data }
    kv.put('seen', [...seen, [call, now]])
    kv.put('said', said)
    await this.#wakeBy(now + this.#silent_ms / 2)
    return this.#send(this.#open(), textOf(said, now))
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    if (typeof message !== 'string' || message.length > LONGEST_WORD) {
      return close(socket, TOO_LARGE, `At most ${LONGEST_WORD} characters of text.`)
    }
    const now = Date.now()
    const minute = Math.floor(now / 60_000)
    const before = carried(socket)
    const words = before.minute === minute ? before.words + 1 : 1
    if (words > MOST_WORDS_A_MINUTE) return close(socket, TOO_MUCH, `At most ${MOST_WORDS_A_MINUTE} messages a minute.`)
    carry(socket, { heard_at: now, minute, words })
    if (message === '{"type":"subscribe"}') return this.#welcome(socket, this.#open().length)
    this.#send([socket], NOT_UNDERSTOOD)
  }

  override async webSocketClose(socket: WebSocket): Promise<void> {
    close(socket, DONE, '')
    await this.#left()
  }

  override webSocketError(): Promise<void> {
    return this.#left()
  }

  /** Tells who is here, drops who is silent, and forgets everything once nobody could ask for it. */
  override async alarm(): Promise<void> {
    const now = Date.now()
    for (const socket of this.#open()) if (now - this.#heardAt(socket) > this.#silent_ms) close(socket, GONE, 'No ping came.')
    const open = this.#open()
    this.#inside = open.length
    this.#tellPresence(open)
    const said = this.#said(now)
    if (open.length > 0) await this.#wakeBy(now + this.#silent_ms / 2)
    else if (said !== undefined) await this.#wakeBy(said.said_at + TOLD_MS)
    else await this.#state.storage.deleteAll()
  }

  /** A new socket is told what was said last, with its age, and how many are here. */
  #welcome(socket: WebSocket, count: number): void {
    const now = Date.now()
    const said = this.#said(now)
    if (said !== undefined) this.#send([socket], textOf(said, now))
    this.#send([socket], presence(count))
  }

  /** The alarm counts again, and tells. */
  async #left(): Promise<void> {
    if (this.#inside !== undefined) this.#inside -= 1
    await this.#wakeBy(Date.now() + PRESENCE_MS)
  }

  #tellPresence(open: readonly WebSocket[]): void {
    const { kv } = this.#state.storage
    if (kv.get<number>('told') === open.length) return
    kv.put('told', open.length)
    this.#send(open, presence(open.length))
  }

  #said(now: number): Said | undefined {
    const said = this.#state.storage.kv.get<Said>('said')
    return said !== undefined && now - said.said_at < TOLD_MS ? said : undefined
  }

  #open(address?: string): WebSocket[] {
    return this.#state.getWebSockets(address).filter((socket) => socket.readyState === WebSocket.OPEN)
  }

  /** How many of `sockets` took `text`; one that cannot is dropped. */
  #send(sockets: readonly WebSocket[], text: string): number {
    let taken = 0
    for (const socket of sockets) {
      try {
        socket.send(text)
        taken += 1
      } catch {
        close(socket, GONE, 'It could not be reached.')
      }
    }
    return taken
  }

  #heardAt(socket: WebSocket): number {
    const ping = this.#state.getWebSocketAutoResponseTimestamp(socket)
    return Math.max(carried(socket).heard_at, ping?.getTime() ?? 0)
  }

  /** Alarms wake a room that sleeps; timers would keep it awake. */
  async #wakeBy(at: number): Promise<void> {
    const set = await this.#state.storage.getAlarm()
    if (set === null || set > at) await this.#state.storage.setAlarm(at)
  }
}

function carry(socket: WebSocket, carried: Carried): void {
  socket.serializeAttachment(carried)
}

function carried(socket: WebSocket): Carried {
  return socket.deserializeAttachment() as Carried
}

/** Closes a socket that may be closed already. */
function close(socket: WebSocket, code: number, why: string): void {
  try {
    socket.close(code, why)
  } catch (error) {
    console.warn(`closing: ${String(error)}`)
  }
}
