/**
 * `node local/heap.ts INSPECTOR SECONDS`: every so often the bytes that the Worker's isolate holds, one number a
 * line, after a collection of its garbage.
 *
 * workerd runs stand-ins of Cloudflare's services in the same process, so what that process holds says little
 * of the Worker. Ends with its standard input.
 */

import { setTimeout as pause } from 'node:timers/promises'

const ISOLATE = 'core:user:'

interface Target {
  readonly id: string
  readonly webSocketDebuggerUrl: string
}

interface HeapUsage {
  readonly usedSize: number
  readonly embedderHeapUsedSize: number
  readonly backingStorageSize: number
}

const [port = '', seconds = ''] = process.argv.slice(2)

async function worker(): Promise<Target> {
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as Target[]
  const found = targets.find(({ id }) => id.startsWith(ISOLATE))
  if (found === undefined) throw new Error(`workerd names no isolate ${ISOLATE}`)
  return found
}

async function opened(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url)
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve)
    socket.addEventListener('error', () => reject(new Error(`${url} does not answer`)))
  })
  return socket
}

let calls = 0

function call<Result>(socket: WebSocket, method: string): Promise<Result> {
  const id = ++calls
  return new Promise((resolve, reject) => {
    const read = ({ data }: MessageEvent): void => {
      const answer = JSON.parse(String(data)) as { id?: number; result?: Result; error?: { message: string } }
      if (answer.id !== id) return
      socket.removeEventListener('message', read)
      if (answer.error) reject(new Error(`${method}: ${answer.error.message}`))
      else resolve(answer.result as Result)
    }
    socket.addEventListener('message', read)
    socket.send(JSON.stringify({ id, method }))
  })
}

process.stdin.on('end', () => process.exit(0)).resume()
for (;;) {
  const socket = await opened((await worker()).webSocketDebuggerUrl)
  await call(socket, 'HeapProfiler.collectGarbage')
  const held = await call<HeapUsage>(socket, 'Runtime.getHeapUsage')
  console.log(held.usedSize + held.embedderHeapUsedSize + held.backingStorageSize)
  socket.close()
  await pause(1000 * Number(seconds))
}
