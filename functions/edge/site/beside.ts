/** On a wide screen a match that is chosen opens beside the list; the address keeps which one after its `#`. */

import { pageIn } from './trusted.ts'

const WIDE = '(min-width: 56.25rem)'
const DEADLINE_MS = 10_000

type Enhance = (main: HTMLElement) => void

/** Opens matches beside the list of this page, where it is one; `enhance` is called with what is shown. */
export function openBeside(enhance: Enhance): void {
  if (document.documentElement.dataset.page !== 'matches') return
  document.addEventListener('click', (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>('.row > a')
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey
    if (link === null || !isPlain || !matchMedia(WIDE).matches) return
    event.preventDefault()
    const id = link.closest<HTMLElement>('.row')!.dataset.match!
    history.replaceState(history.state, '', `#${id}`)
    void show(id, enhance)
  })
  const id = decodeURIComponent(location.hash.slice(1))
  if (id !== '' && matchMedia(WIDE).matches) void show(id, enhance)
}

async function show(id: string, enhance: Enhance): Promise<void> {
  const address = `/match/${encodeURIComponent(id)}`
  const page = await pageAt(address)
  const main = page?.querySelector('main')
  if (main === null || main === undefined) {
    location.assign(address) // the page itself says what is wrong
    return
  }
  const pane = paneOf()
  pane.replaceChildren(...document.adoptNode(main).childNodes)
  pane.setAttribute('aria-label', page?.title ?? id)
  enhance(pane)
  mark(id)
  pane.focus({ preventScroll: true })
}

async function pageAt(address: string): Promise<Document | undefined> {
  try {
    const answer = await fetch(address, { headers: { accept: 'text/html' }, signal: AbortSignal.timeout(DEADLINE_MS) })
    return await pageIn(answer)
  } catch (error) {
    console.info(`beside: ${String(error)}`)
    return undefined
  }
}

function paneOf(): HTMLElement {
  const found = document.querySelector<HTMLElement>('.beside')
  if (found !== null) return found
  const pane = document.createElement('section')
  pane.className = 'beside'
  pane.tabIndex = -1
  document.querySelector('main')!.after(pane)
  document.body.classList.add('has-beside')
  return pane
}

/** Says in the list which match is open. */
function mark(id: string): void {
  for (const row of document.querySelectorAll<HTMLElement>('.row')) {
    const link = row.querySelector('a')
    if (row.dataset.match === id) link?.setAttribute('aria-current', 'true')
    else link?.removeAttribute('aria-current')
  }
}
