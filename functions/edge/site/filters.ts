/**
 * Search and favourites over the rows that are there; what is chosen stands in the address. Enter asks the server, which
 * searches every day.
 */

import { favourites, isFollowed } from './favourites.ts'

interface Chosen {
  readonly words: readonly string[]
  readonly mine: boolean
}

/** Shows the filters below `root`, set as the address says. */
export function showFilters(root: ParentNode): void {
  const search = root.querySelector<HTMLInputElement>('[data-search]')
  const mine = root.querySelector<HTMLInputElement>('[data-only-favourites]')
  if (search === null && mine === null) return
  const asked = new URLSearchParams(location.search)
  if (search !== null && asked.has('q')) search.value = asked.get('q')!
  if (mine !== null) mine.checked = asked.get('mine') === '1'
  for (const label of root.querySelectorAll<HTMLElement>('[data-favourites-label]')) label.hidden = false
  for (const button of root.querySelectorAll<HTMLElement>('[data-without-scripts]')) button.hidden = true
  const choose = () => {
    written(search?.value.trim() ?? '', mine?.checked ?? false)
    filter(root)
  }
  search?.addEventListener('input', choose)
  mine?.addEventListener('change', choose)
  for (const select of root.querySelectorAll<HTMLSelectElement>('select[data-submit]')) {
    select.addEventListener('change', () => location.assign(withValue(select)))
  }
  filter(root)
}

/** Hides the rows below `root` that do not fit, and days without any left. */
export function filter(root: ParentNode): void {
  const chosen = chosenIn(root)
  const isEverything = chosen.words.length === 0 && !chosen.mine
  if (isEverything && root.querySelector('.row[hidden]') === null) return // as the page comes
  const followed = favourites()
  let left = 0
  for (const row of root.querySelectorAll<HTMLElement>('.row[data-match]')) {
    row.hidden = !fits(row, chosen, followed)
    if (!row.hidden) left += 1
  }
  for (const day of root.querySelectorAll<HTMLElement>('section.day')) {
    day.hidden = day.querySelector('.row:not([hidden])') === null
  }
  for (const empty of root.querySelectorAll<HTMLElement>('[data-empty]')) empty.hidden = left > 0
}

function chosenIn(root: ParentNode): Chosen {
  const search = root.querySelector<HTMLInputElement>('[data-search]')
  const mine = root.querySelector<HTMLInputElement>('[data-only-favourites]')
  // What the page came with was looked for by the server, which knows other names of a team.
  const typed = search === null || search.value === search.defaultValue ? '' : search.value
  return { words: plain(typed).split(/\s+/).filter(Boolean), mine: mine?.checked ?? false }
}

function fits(row: HTMLElement, { words, mine }: Chosen, followed: ReadonlySet<string>): boolean {
  if (mine && !isFollowed(row, followed)) return false
  const text = plain(row.dataset.words ?? '')
  return words.every((word) => text.includes(word))
}

/** Lower case without accents: whoever types "atletico" finds Atlético. */
function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
}

function written(search: string, mine: boolean): void {
  const url = new URL(location.href)
  set(url, 'q', search)
  set(url, 'mine', mine ? '1' : '')
  history.replaceState(history.state, '', url)
}

function withValue(select: HTMLSelectElement): string {
  const url = new URL(location.href)
  set(url, select.name, select.value)
  return url.href
}

function set(url: URL, name: string, value: string): void {
  if (value === '') url.searchParams.delete(name)
  else url.searchParams.set(name, value)
}
