/** The headers of a call signed by Standard Webhooks. */

import { createHmac } from 'node:crypto'

import { SECRET } from './worker.ts'

export function signed(body: string, id: string, at = Math.floor(Date.now() / 1000), secret = SECRET): Record<string, string> {
  const key = Buffer.from(secret.slice(6), 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': String(at), 'webhook-signature': `v1,${signature}` }
}
