/** A seat in the room of a match: it is kept, and taken again when it is lost. */

const PING_MS = 60_000
const [FIRST_RETRY_MS, LAST_RETRY_MS] = [1_000, 60_000]

export interface Listener {
  readonly heard: (text: string) => void
  readonly lost: () => void
  readonly found: () => void
}

/** Enters the room at `path`; call what is returned to leave. Retries wait longer each time, and not all readers alike. */
export function enter(path: string, { heard, lost, found }: Listener): () => void {
  let socket: WebSocket | undefined
  let wait_ms = FIRST_RETRY_MS
  let timer: ReturnType<typeof setTimeout> | undefined
  let ping: ReturnType<typeof setInterval> | undefined
  let isLeft = false

  const open = () => {
    const url = new URL(path, location.href)
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    socket = new WebSocket(url)
    socket.addEventListener('open', () => {
      wait_ms = FIRST_RETRY_MS
      ping = setInterval(() => socket?.send('ping'), PING_MS)
      found()
    })
    socket.addEventListener('message', ({ data }) => {
      if (typeof data === 'string') heard(data)
    })
    socket.addEventListener('close', () => {
      clearInterval(ping)
      if (isLeft) return
      lost()
      timer = setTimeout(open, wait_ms * (0.5 + Math.random()))
      wait_ms = Math.min(LAST_RETRY_MS, wait_ms * 2)
    })
  }

  open()
  return () => {
    isLeft = true
    clearTimeout(timer)
    clearInterval(ping)
    socket?.close()
  }
}
