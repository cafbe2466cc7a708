/** Telling the origin for whom we ask: the reader's address, signed, so that it need not be counted again there. */

import { bytes } from './signature.ts'

interface Key {
  readonly secret: string
  readonly key: CryptoKey
}

let imported: Key | undefined

/**
 * The headers that attest the address of the reader; none without a secret or an address. Signed is
 * `v1\n{seconds}\n{address}\n{method}\n{path}` (sabiscore/http/middleware/edge_caller.py says why not the query).
 */
export async function attested(secret: string | undefined, request: Request, target: string): Promise<[string, string][]> {
  const address = request.headers.get('cf-connecting-ip')
  if (!secret || !address) return []
  const at = Math.floor(Date.now() / 1000)
  const signed = ['v1', at, address, request.method, pathOf(target)].join('\n')
  const mac = await crypto.subtle.sign('HMAC', await keyOf(secret), new TextEncoder().encode(signed))
  const hex = Array.from(new Uint8Array(mac), (byte) => byte.toString(16).padStart(2, '0')).join('')
  return [['x-edge-address', address], ['x-edge-signature', `v1,${at},${hex}`]]
}

/** The key of the newest secret; while they are rotated there are two, separated by a space. */
async function keyOf(secret: string): Promise<CryptoKey> {
  if (imported?.secret !== secret) {
    const raw = bytes(secret.split(' ')[0] ?? '')
    const key = await crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
    imported = { secret, key }
  }
  return imported.key
}

/** The path as a function sees it; what cannot be decoded stays, and then nothing is attested for it. */
function pathOf(target: string): string {
  const path = target.split('?', 1)[0] ?? ''
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
