/** Reading header fields as RFC 9110 and 9111 have them, which is stricter than a JavaScript runtime is. */

export type Directives = ReadonlyMap<string, string>

const DIRECTIVE = /^\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:=("(?:[^"\\]|\\.)*"|[^",]*))?\s*$/
const SECONDS = new Set(['max-age', 's-maxage', 'stale-while-revalidate', 'stale-if-error'])
/** RFC 9111, section 1.2.2: the largest number of seconds that has to be understood. */
const LONGEST_S = 2 ** 31

/** Directives by name in lower case. Of one that is given twice, the smaller number counts. */
export function directives(value: string | null | undefined): Directives {
  const found = new Map<string, string>()
  for (const part of members(value ?? '')) {
    const [, name, raw = ''] = DIRECTIVE.exec(part) ?? []
    if (name !== undefined) add(found, name.toLowerCase(), raw.replace(/^"|"$/g, '').replace(/\\(.)/g, '$1'))
  }
  return found
}

function add(found: Map<string, string>, name: string, value: string): void {
  if (!SECONDS.has(name)) {
    found.set(name, found.get(name) ?? value)
    return
  }
  const seconds = /^\d+$/.test(value) ? Math.min(Number(value), LONGEST_S) : 0
  const before = found.get(name)
  found.set(name, String(before === undefined ? seconds : Math.min(Number(before), seconds)))
}

/** What Surrogate-Control (the W3C's Edge Architecture) says to everybody or to the cache called `name`. */
export function surrogate(value: string | null | undefined, name: string): Directives {
  const said = members(value ?? '').map((member) => member.split(';').map((part) => part.trim()))
  const ours = said.filter(([, target]) => target === undefined || target === name)
  return directives(ours.map(([directive]) => directive).join(','))
}

export function seconds(found: Directives, name: string): number {
  return Number(found.get(name) ?? 0)
}

/** The members of a list; commas inside quotes do not part them. */
export function members(value: string): string[] {
  return value.match(/(?:"(?:[^"\\]|\\.)*"|[^,])+/g)?.map((part) => part.trim()).filter(Boolean) ?? []
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const CLOCK = '(\\d\\d):(\\d\\d):(\\d\\d)'
const IMF = new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\\d\\d) ([A-Z][a-z]{2}) (\\d{4}) ${CLOCK} GMT$`, 'i')
const RFC850 = new RegExp(`^[A-Z][a-z]+day, (\\d\\d)-([A-Z][a-z]{2})-(\\d\\d) ${CLOCK} GMT$`, 'i')
const ASCTIME = new RegExp(`^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \\d]\\d) ${CLOCK} (\\d{4})$`)

/** An HTTP date in milliseconds; `undefined` for what is not one, however well a browser would guess. */
export function httpDate(value: string | null | undefined): number | undefined {
  const text = value ?? ''
  const asctime = ASCTIME.exec(text)
  const [, day, month, year, ...clock] = asctime
    ? [text, asctime[2], asctime[1], asctime[6], asctime[3], asctime[4], asctime[5]]
    : (IMF.exec(text) ?? RFC850.exec(text) ?? [])
  const at = MONTHS.findIndex((name) => name.toLowerCase() === month?.toLowerCase())
  if (day === undefined || year === undefined || at < 0) return undefined
  const [hour = 0, minute = 0, second = 0] = clock.map(Number)
  const date = new Date(Date.UTC(century(year), at, Number(day), hour, minute, second))
  return date.getUTCDate() === Number(day) && hour < 24 && minute < 60 && second < 60 ? date.getTime() : undefined
}

/** RFC 9110, section 5.6.7: two digits more than 50 years ahead are of the last century. */
function century(year: string): number {
  if (year.length === 4) return Number(year)
  const now = new Date().getUTCFullYear()
  const guess = now - (now % 100) + Number(year)
  return guess > now + 50 ? guess - 100 : guess
}

const HOP_BY_HOP = [
  'connection', 'keep-alive', 'proxy-authenticate', 'proxy-authentication-info', 'proxy-authorization',
  'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade',
]

/** The headers without those of one connection, nor those that `Connection` names. */
export function endToEnd(headers: Headers): Headers {
  const kept = new Headers(headers)
  for (const name of members(headers.get('connection') ?? '')) {
    if (/^[\w!#$%&'*+.^`|~-]+$/.test(name)) kept.delete(name)
  }
  for (const name of HOP_BY_HOP) kept.delete(name)
  return kept
}
