/** Names under which entries are kept, the same as sabiscore/cache/keys.py makes them. */

import { FORMAT, header, type Entry } from './entry.ts'

const PREFIX = `sabiscore:${FORMAT}:`
/** Bytes; KV keys may have 512. */
const LONGEST_TARGET = 400

/** Our own notes on an entry; they never leave the tiers. */
export const NOTE = 'x-edge-'
const VARIANT_NOTE = `${NOTE}variant`
/** We ask the origin for one encoding and keep bodies decoded, so nothing varies by it. */
const SETTLED = new Set(['accept-encoding'])

/** The request target: the path as it came, then the query's pairs sorted. This is what the origin is asked. */
export function targetOf(url: URL): string {
  const pairs = url.search.slice(1).split('&').filter(Boolean).sort()
  return pairs.length > 0 ? `${url.pathname}?${pairs.join('&')}` : url.pathname
}

export async function entryKey(target: string): Promise<string> {
  if (new TextEncoder().encode(target).length > LONGEST_TARGET) {
    return `${PREFIX}entry:sha256:${await sha256(target)}`
  }
  return `${PREFIX}entry:${target}`
}

/** The names that a `Vary` field names, sorted; `undefined` when nothing can match it. */
export function varied(vary: string | undefined): readonly string[] | undefined {
  const names = (vary ?? '').split(',').map((name) => name.trim().toLowerCase()).filter(Boolean)
  if (names.includes('*')) return undefined
  return [...new Set(names)].filter((name) => !SETTLED.has(name)).sort()
}

/** What tells this request's variant from others; empty when the answer does not vary, or when none is named. */
export async function variantOf(vary: string | undefined, request: Headers): Promise<string> {
  const names = (varied(vary) ?? []).filter((name) => request.has(name))
  if (names.length === 0) return ''
  return sha256(JSON.stringify(names.map((name) => [name, settled(name, request.get(name) ?? '')])))
}

/** The same selection said differently is the same: white space, and the order and case of languages. */
function settled(name: string, value: string): string {
  const parts = value.split(',').map((part) => part.trim().replace(/\s*;\s*/g, ';')).filter(Boolean)
  return (name === 'accept-language' ? parts.map((part) => part.toLowerCase()).sort() : parts).join(',')
}

/** Where a variant is kept beside the entry that was stored last. `#` is in no target. */
export function variantKey(key: string, variant: string): string {
  return variant === '' ? `${key}#` : `${key}#${variant.slice(0, 32)}`
}

export function withVariant(entry: Entry, variant: string): Entry {
  return variant === '' ? entry : { ...entry, headers: [...entry.headers, [VARIANT_NOTE, variant]] }
}

/** Whether the entry answers a request of this variant. A published entry is the one for plain requests. */
export function isVariant(entry: Entry, variant: string): boolean {
  return (header(entry, VARIANT_NOTE) ?? '') === variant
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
