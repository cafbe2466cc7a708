/** What scripts add to a page that is whole without them. */

import { openBeside } from './beside.ts'
import { showSharing } from './clipboard.ts'
import { groupByDay } from './days.ts'
import { expire } from './expiry.ts'
import { showStars } from './favourites.ts'
import { filter, showFilters } from './filters.ts'
import { showInstalling, showOffline, startOffline } from './installed.ts'
import { showVerifying } from './ledger.ts'
import { follow } from './live.ts'
import { locale } from './locale.ts'
import { now } from './clock.ts'
import { listBets, showPlacing } from './own_bets.ts'
import { obeyHiddenOdds, showPushBoxes } from './push.ts'
import { refresh } from './refresh.ts'
import { settledOf } from './settled.ts'
import { showStakes } from './stakes.ts'
import { showSwitches } from './switches.ts'
import { showTabs } from './tabs.ts'
import { showTimes } from './times.ts'

const MINUTE_MS = 60_000
const here = locale()

/** Once for the content of the page, and again for what takes its place. */
function enhance(main: HTMLElement): void {
  groupByDay(main, here)
  showTimes(main, here, now())
  expire(main, now())
  showStars(main, () => filter(main))
  showFilters(main)
  showTabs(main)
  showStakes(main, here)
  showPlacing(main)
  showSharing(main)
  showVerifying(main)
  showPushBoxes(main)
  void listBets(main, here, settledOf)
}

/** Ages change once a minute, and what expires does so when it does. */
function tick(): void {
  showTimes(document, here, now(), '[data-show=age]')
  const next = expire(document, now())
  setTimeout(tick, Math.max(50, Math.min(MINUTE_MS, next - now())))
}

const main = document.querySelector('main')
if (main !== null) enhance(main)
showTimes(document, here, now())
showSwitches(document, () => void obeyHiddenOdds())
showInstalling(document)
showOffline(here, Date.now)
document.addEventListener('visibilitychange', () => showTimes(document, here, now(), '[data-show=age]'))
addEventListener('online', () => void refresh(enhance))
tick()
follow(enhance)
openBeside(enhance)
void startOffline().then(obeyHiddenOdds)
