/** Who a request is counted under, from the address that the platform saw; as sabiscore/limits/reader.py has it. */

const IPV4 = String.raw`\d{1,3}(?:\.\d{1,3}){3}`
const PLAIN = new RegExp(`^(?:::ffff:)?(${IPV4})$`, 'i')
/** All whose address nobody knows share one count. */
const UNKNOWN = 'unknown'

/** An IPv6 line is handed a whole /64, so whoever has one is one reader. */
export function readerOf(address: string): string {
  const [, plain] = PLAIN.exec(address) ?? []
  if (plain !== undefined) return plain
  if (!/^(?=.*:.*:)[0-9a-f:]{2,39}$/i.test(address)) return UNKNOWN
  const [before = [], after] = address.split('::').map((part) => part.split(':').filter(Boolean))
  const zeros = after === undefined ? 0 : Math.max(0, 8 - before.length - after.length)
  const groups = [...before, ...Array<string>(zeros).fill('0'), ...(after ?? [])]
  if (groups.length !== 8) return UNKNOWN
  return `${groups.slice(0, 4).map((group) => parseInt(group, 16).toString(16)).join(':')}::/64`
}
