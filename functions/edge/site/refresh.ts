/** The page, asked for again and put in place of itself: what a reader has typed, opened and focused stays. */

import { say, unsay } from './strip.ts'
import { pageIn } from './trusted.ts'
import { words } from './words.ts'

const DEADLINE_MS = 10_000

/** `same`: nothing is new. `away`: it could not be asked for. */
export type Refreshed = 'swapped' | 'same' | 'away'

/** Asks for this page again; `enhance` is called with the new content once it is there. */
export async function refresh(enhance: (main: HTMLElement) => void): Promise<Refreshed> {
  let page: Document | undefined
  try {
    // The browser sends the ETag that it holds, so that an unchanged page costs a 304.
    const answer = await fetch(location.href, { cache: 'no-cache', headers: { accept: 'text/html' }, signal: AbortSignal.timeout(DEADLINE_MS) })
    page = await pageIn(answer)
  } catch (error) {
    console.info(`refresh: ${String(error)}`)
  }
  if (page === undefined) return 'away'
  if (page.documentElement.dataset.saved === undefined) {
    delete document.documentElement.dataset.saved
    unsay('offline')
  }
  return swap(page, enhance)
}

/** Puts the content of `page` in place of what is there, where it is of the same build and another. */
export function swap(page: Document, enhance: (main: HTMLElement) => void): Refreshed {
  const [before, after] = [document.querySelector('main'), page.querySelector('main')]
  if (before === null || after === null) return 'away'
  if (scriptOf(page) !== scriptOf(document)) {
    say('version', words.newVersion, { label: words.reload, run: () => location.reload() })
    return 'same'
  }
  const { content, generated } = page.documentElement.dataset
  if (content === document.documentElement.dataset.content) return 'same'
  const kept = whatIsKept(before)
  const main = document.adoptNode(after)
  enhance(main)
  before.replaceWith(main)
  Object.assign(document.documentElement.dataset, { content, ...(generated !== undefined && { generated }) })
  restore(main, kept)
  return 'swapped'
}

function scriptOf(page: Document): string | undefined {
  return page.documentElement.dataset.script
}

interface Kept {
  readonly focused: string | undefined
  readonly selection: readonly [number, number] | undefined
  readonly open: readonly boolean[]
  readonly tabs: readonly number[]
}

function whatIsKept(main: HTMLElement): Kept {
  const active = document.activeElement
  const isHere = active !== null && main.contains(active)
  const isTyped = active instanceof HTMLInputElement && active.selectionStart !== null && active.selectionEnd !== null
  return {
    focused: isHere ? pathOf(active, main) : undefined,
    selection: isTyped ? [active.selectionStart!, active.selectionEnd!] : undefined,
    open: [...main.querySelectorAll('details')].map((each) => each.open),
    tabs: [...main.querySelectorAll('[role=tablist]')].map((list) =>
      [...list.children].findIndex((tab) => tab.getAttribute('aria-selected') === 'true'),
    ),
  }
}

function restore(main: HTMLElement, { focused, selection, open, tabs }: Kept): void {
  main.querySelectorAll('details').forEach((each, index) => (each.open = open[index] ?? each.open))
  main.querySelectorAll('[role=tablist]').forEach((list, index) => (list.children[tabs[index] ?? 0] as HTMLElement | undefined)?.click())
  const element = focused === undefined ? null : main.querySelector<HTMLElement>(focused)
  element?.focus({ preventScroll: true })
  if (element instanceof HTMLInputElement && selection !== undefined) element.setSelectionRange(...selection)
}

/** A selector for the same element in the next version: by what it is for, else by where it stands. */
function pathOf(element: Element, main: HTMLElement): string {
  for (const name of ['id', 'name', 'href', 'data-star']) {
    const value = element.getAttribute(name)
    if (value !== null) return `${element.localName}[${name}="${CSS.escape(value)}"]`
  }
  const steps: string[] = []
  for (let each = element; each !== main; each = each.parentElement!) {
    steps.unshift(`${each.localName}:nth-child(${[...each.parentElement!.children].indexOf(each) + 1})`)
  }
  return `:scope > ${steps.join(' > ')}`
}
