/** What a room says to its readers: JSON, but for `pong`. */

export interface Said {
  readonly id: string
  readonly said_at: number
  /** The text of an object. */
  readonly data: string
}

export function textOf({ id, said_at, data }: Said, now: number): string {
  const age_s = Math.floor(Math.max(0, now - said_at) / 1000)
  return `{"type":"message","id":"${id}","said_at":"${new Date(said_at).toISOString()}","age_s":${age_s},"data":${data}}`
}

export function presence(count: number): string {
  return `{"type":"presence","count":${count}}`
}

export const NOT_UNDERSTOOD = JSON.stringify({ type: 'error', detail: 'Say ping, or {"type":"subscribe"}.' })
