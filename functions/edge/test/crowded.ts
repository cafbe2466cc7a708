/** A room with more sockets in it than any match will have. */

import { WebSocket } from 'ws'

import { MOST_OF_AN_ADDRESS } from '../src/room_limits.ts'

/** `count` sockets in the room at `url`, of as many addresses as it takes; as many enter at a time as one may have. */
export async function crowd(url: string, count: number): Promise<WebSocket[]> {
  const inside: WebSocket[] = []
  for (let at = 0; at < count; at += MOST_OF_AN_ADDRESS) {
    const number = at / MOST_OF_AN_ADDRESS
    const headers = { 'CF-Connecting-IP': `198.51.${number >> 8}.${number & 255}` }
    const entering = Array.from({ length: MOST_OF_AN_ADDRESS }, async () => {
      const socket = new WebSocket(url, { headers, perMessageDeflate: false })
      await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
      inside.push(socket)
    })
    await Promise.all(entering)
  }
  return inside
}
