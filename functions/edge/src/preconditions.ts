/** Preconditions on a representation (RFC 9110, section 13), evaluated as sabiscore/http/preconditions.py does. */

import { httpDate } from './fields.ts'

export type Verdict = 'send' | 'not modified' | 'failed'

export const CONDITIONAL = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'] as const

const TAG = /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/
const TAGS = /[ \t]*(?:((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")|[^,]*?)[ \t]*(?:,|$)/g

export interface Validators {
  readonly etag: string | undefined
  /** Milliseconds since 1970. */
  readonly modified_at: number | undefined
  /** What stands in for `modified_at` in a cache (RFC 9111, section 4.3.2). */
  readonly received_at?: number | undefined
}

/** What to answer a request with these fields where the representation has `validators`. */
export function verdictOf(request: Headers, { etag, modified_at, received_at }: Validators): Verdict {
  const match = request.get('if-match')
  const unmodified = httpDate(request.get('if-unmodified-since'))
  if (match !== null) {
    if (!matches(match, etag, isStrong)) return 'failed'
  } else if (unmodified !== undefined && modified_at !== undefined && modified_at > unmodified) {
    return 'failed'
  }
  const noneMatch = request.get('if-none-match')
  if (noneMatch !== null) return matches(noneMatch, etag, () => true) ? 'not modified' : 'send'
  const since = httpDate(request.get('if-modified-since'))
  const modified = modified_at ?? received_at
  return since !== undefined && modified !== undefined && modified <= since ? 'not modified' : 'send'
}

export function isConditional(request: Headers): boolean {
  return CONDITIONAL.some((name) => request.has(name))
}

export function isStrong(tag: string): boolean {
  return tag.startsWith('"') && TAG.test(tag)
}

/** Whether `field`, `*` alone or a list of entity tags, holds for a representation with `tag`. */
function matches(field: string, tag: string | undefined, compares: (tag: string) => boolean): boolean {
  if (field.trim() === '*') return true
  if (tag === undefined || !compares(tag)) return false
  const named = [...field.matchAll(TAGS)].flatMap(([, each]) => (each !== undefined && compares(each) ? [each] : []))
  return named.some((each) => opaque(each) === opaque(tag))
}

function opaque(tag: string): string {
  return tag.replace(/^W\//, '')
}
