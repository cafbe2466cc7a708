/** Signed calls: Standard Webhooks 1.0 (id, timestamp, HMAC-SHA256 over both and the body). */

const TOLERANCE_S = 300

/** The call's id when its signature by one of `secrets`, separated by spaces, holds at `now`; `undefined` for everything else. */
export async function signedId(headers: Headers, body: Uint8Array, secrets: string, now: number): Promise<string | undefined> {
  const id = headers.get('webhook-id') ?? ''
  const at = headers.get('webhook-timestamp') ?? ''
  const isInTime = /^(?:0|[1-9]\d{0,11})$/.test(at) && Math.abs(now / 1000 - Number(at)) <= TOLERANCE_S
  if (!/^[\w.-]{1,128}$/.test(id) || id.includes('.') || !isInTime) return undefined
  const signed = new Uint8Array([...new TextEncoder().encode(`${id}.${at}.`), ...body])
  const claims = (headers.get('webhook-signature') ?? '').split(' ').slice(0, 8)
  for (const secret of secrets.split(' ').filter(Boolean)) {
    const key = await crypto.subtle.importKey('raw', bytes(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
    for (const claim of claims) {
      const [, signature] = /^v1,([A-Za-z0-9+/]{43}=)$/.exec(claim) ?? []
      // verify compares in constant time.
      if (signature && (await crypto.subtle.verify('HMAC', key, decoded(signature), signed))) return id
    }
  }
  return undefined
}

/** The key of a `whsec_…` secret, or the bytes of a plain one. */
export function bytes(secret: string): Uint8Array {
  return secret.startsWith('whsec_') ? decoded(secret.slice(6)) : new TextEncoder().encode(secret)
}

function decoded(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
}
