/** All that scripts say. A translation is another file with these members. */

export const words = {
  today: (day: string) => `Today, ${day}`,
  tomorrow: (day: string) => `Tomorrow, ${day}`,
  yesterday: (day: string) => `Yesterday, ${day}`,
  justNow: 'just now',
  // The moment, and the zone it is in.
  atTime: (moment: string, zone: string) => `${moment} (${zone})`,
  noCurrentPrice: 'No current price.',
  stake: (amount: string) => `${amount} of your bankroll`,
  copied: 'Copied',
  notCopied: 'This browser does not let us copy.',
  placed: 'In your own record',
  bet: (name: string, pick: string, odds: string, book: string) => `${name}: ${pick} at ${odds}, ${book}`,
  outcomes: { home: 'home win', draw: 'draw', away: 'away win' } as Readonly<Record<string, string>>,
  won: 'Won',
  lost: 'Lost',
  open: 'Open',
  closingValue: (value: string) => `${value} against the close`,
  sum: (all: number, settled: number, amount: string) =>
    `${all === 1 ? '1 bet' : `${all} bets`}, ${settled} settled${amount === '' ? '' : `: ${amount}`}.`,
  verifying: (done: number, all: number) => `Checked ${done} of ${all}`,
  verified: (count: number) =>
    count === 1 ? 'The entry holds: its text has this hash.' : `All ${count} entries hold: each text has its hash, and each follows the one before.`,
  broken: (index: number) => `Entry ${index} does not hold: its text has another hash, or it does not follow the entry before.`,
  nothingToVerify: 'There is nothing to verify here.',
  livePaused: 'Live paused, retrying',
  saved: (age: string) => `No connection. This page was saved ${age}.`,
  madeAt: (age: string) => `No connection. What you see was made ${age}.`,
  offline: 'No connection. What you see was loaded before.',
  newVersion: 'There is a new version.',
  reload: 'New version, reload',
} as const
