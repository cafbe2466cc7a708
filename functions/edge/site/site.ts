/** What scripts add to a page that is whole without them. */

import { openBeside } from './beside.ts'
import { startSharing } from './clipboard.ts'
import { groupByDay } from './days.ts'
import { expire } from './expiry.ts'
import { showStars } from './favourites.ts'
import { filter, showFilters } from './filters.ts'
import { formatsReady } from './formats_ready.ts'
import { showInstalling, showOffline, startOffline } from './installed.ts'
import { startVerifying } from './ledger.ts'
import { follow } from './live.ts'
import { locale } from './locale.ts'
import { now } from './clock.ts'
import { listBets, markPlaced, startPlacing } from './own_bets.ts'
import { obeyHiddenOdds, showPushBoxes, staySubscribed } from './push.ts'
import { refresh } from './refresh.ts'
import { settledOf } from './settled.ts'
import { showStakes } from './stakes.ts'
import { showSwitches } from './switches.ts'
import { showTabs } from './tabs.ts'
import { explainTimes, showTimes } from './times.ts'
import { startVitals } from './vitals.ts'

const MINUTE_MS = 60_000
const here = locale()

/** What is done to the content of a page, each in a turn of its own where it opens: a phone answers in between. */
const STEPS: readonly ((main: HTMLElement) => void)[] = [
  (main) => groupByDay(main, here),
  (main) => {
    expire(main, now())
    showStars(main, () => filter(main))
    showFilters(main)
    showTabs(main)
  },
  (main) => {
    showStakes(main, here)
    markPlaced(main)
    showPushBoxes(main)
    void listBets(main, here, settledOf)
  },
  writeTimes,
]

function writeTimes(main: HTMLElement): void {
  showTimes(main, here, now())
}

/** The same at once, for what takes the place of that content. */
function enhance(main: HTMLElement): void {
  for (const step of STEPS) step(main)
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve))
}

/** Ages change once a minute, and what expires does so when it does. */
function tick(): void {
  showTimes(document, here, now(), '[data-show=age]')
  waitForNext()
}

function waitForNext(): void {
  const next = expire(document, now())
  setTimeout(tick, Math.max(50, Math.min(MINUTE_MS, next - now())))
}

const formats = formatsReady(here)
const main = document.querySelector('main')
if (main !== null) {
  for (const step of STEPS) {
    if (step === writeTimes) await formats
    step(main)
    await turn()
  }
}
document.documentElement.dataset.scripts = 'ready'
for (const part of document.querySelectorAll('aside, footer')) showTimes(part, here, now())
explainTimes(document, here)
for (const start of [startSharing, startPlacing, startVerifying]) start(document)
showSwitches(document, () => void obeyHiddenOdds())
showInstalling(document)
showOffline(here, Date.now)
document.addEventListener('visibilitychange', () => showTimes(document, here, now(), '[data-show=age]'))
addEventListener('online', () => void refresh(enhance))
waitForNext()
follow(enhance)
openBeside(enhance)
void startOffline().then(obeyHiddenOdds).then(staySubscribed)
void startVitals(Math.random())
