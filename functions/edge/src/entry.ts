/** One stored answer, in the one format that every tier keeps; written down in sabiscore/cache/entry.py. */

export const FORMAT = 1
/** Characters of an entry's text. */
export const LONGEST = 1_000_000
/** Of an entry; a list of all leagues has two for each of them. */
export const MOST_TAGS = 64
const MEMBERS = ['format', 'status', 'headers', 'stored_at', 'fresh_until', 'stale_until', 'tags']
const TAG = /^[a-z][a-z0-9-]{0,31}(:[A-Za-z0-9._-]{1,128})?$/
const NAME = /^[a-z0-9_-]*[a-z0-9][a-z0-9_-]*$/
const VALUE = /^(?! )[\x20-\x7e]*(?<! )$/
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** Headers of one transfer or one reader: set anew, or never shared. */
export const NOT_KEPT: ReadonlySet<string> = new Set([
  'age', 'cache-status', 'connection', 'content-length', 'date', 'keep-alive', 'proxy-authenticate',
  'proxy-authorization', 'set-cookie', 'te', 'trailer', 'transfer-encoding', 'upgrade',
])

export type Pair = readonly [name: string, value: string]

/** An answer and its times in milliseconds since 1970. */
export interface Entry {
  readonly status: number
  readonly headers: readonly Pair[]
  readonly body: Uint8Array
  readonly stored_at: number
  readonly fresh_until: number
  readonly stale_until: number
  readonly tags: readonly string[]
}

/** Bytes that are not an entry of our format: a miss. */
export class BadEntry extends Error {}

export function encode(entry: Entry): string {
  const { status, headers, stored_at, fresh_until, stale_until, tags } = entry
  const plain = { format: FORMAT, status, headers, ...bodyOf(entry.body), stored_at, fresh_until, stale_until, tags }
  check(plain)
  const text = JSON.stringify(plain)
  require(text.length <= LONGEST, 'too long')
  return text
}

/** The entry that `text` holds. Throws BadEntry for anything else. */
export function decode(text: string): Entry {
  require(text.length <= LONGEST, 'too long')
  let plain: unknown
  try {
    plain = JSON.parse(text)
  } catch {
    throw new BadEntry('not JSON')
  }
  require(typeof plain === 'object' && plain !== null && !Array.isArray(plain), 'not an object')
  const found = plain as Record<string, unknown>
  check(found)
  const { status, headers, stored_at, fresh_until, stale_until, tags } = found as unknown as Entry
  return { status, headers, body: bytesOf(found), stored_at, fresh_until, stale_until, tags }
}

export function header(entry: Entry, name: string): string | undefined {
  let joined: string | undefined
  for (const [each, value] of entry.headers) {
    if (each === name) joined = joined === undefined ? value : `${joined}, ${value}`
  }
  return joined
}

export function isTag(tag: unknown): tag is string {
  return typeof tag === 'string' && TAG.test(tag)
}

function check(plain: Record<string, unknown>): void {
  const others = Object.keys(plain).filter((name) => !MEMBERS.includes(name))
  require(MEMBERS.every((name) => name in plain) && others.length === 1, 'other members')
  require(others[0] === 'body' || others[0] === 'body_base64', 'other members')
  require(plain.format === FORMAT, 'of another format')
  const { status, headers, tags } = plain
  require(Number.isInteger(status) && (status as number) >= 200 && (status as number) <= 599, 'of no such status')
  const times = [plain.stored_at, plain.fresh_until, plain.stale_until] as number[]
  require(times.every((at) => Number.isSafeInteger(at) && at >= 0), 'without its times')
  require(times[0]! <= times[1]! && times[1]! <= times[2]!, 'fresh after it is stale')
  require(Array.isArray(headers) && headers.every(isHeader), 'with other headers')
  require(Array.isArray(tags) && tags.length <= MOST_TAGS && tags.every(isTag), 'with other tags')
  const ordered = tags as string[]
  require(ordered.every((tag, at) => at === 0 || ordered[at - 1]! < tag), 'with tags out of order')
}

function isHeader(pair: unknown): boolean {
  if (!Array.isArray(pair) || pair.length !== 2) return false
  const [name, value] = pair as unknown[]
  return typeof name === 'string' && typeof value === 'string' && isKept(name, value)
}

/** Whether an entry may hold this header. */
export function isKept(name: string, value: string): boolean {
  return NAME.test(name) && VALUE.test(value) && !NOT_KEPT.has(name)
}

function bodyOf(body: Uint8Array): { body: string } | { body_base64: string } {
  try {
    return { body: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body) }
  } catch {
    return { body_base64: base64(body) }
  }
}

function base64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return btoa(text)
}

function bytesOf(plain: Record<string, unknown>): Uint8Array {
  const text = plain.body ?? plain.body_base64
  if (typeof text !== 'string') throw new BadEntry('without a body')
  if ('body' in plain) {
    require(text.isWellFormed(), 'with a torn body')
    return new TextEncoder().encode(text)
  }
  require(BASE64.test(text), 'with a torn body')
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
}

function require(holds: boolean, what: string): asserts holds {
  if (!holds) throw new BadEntry(`The entry is ${what}.`)
}
