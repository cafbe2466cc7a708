/** A page for tests: a light DOM in place of the browser's. */

import { Window } from 'happy-dom'

const NAMES = [
  'window', 'document', 'location', 'history', 'localStorage', 'navigator', 'matchMedia', 'Element', 'HTMLElement', 'HTMLInputElement',
  'HTMLButtonElement', 'DOMParser', 'DOMException', 'Event', 'KeyboardEvent', 'CSS', 'addEventListener', 'WebSocket',
] as const // prettier-ignore

/** Opens `body` at `url`; attributes of the document are those of `root`. */
export function open(body: string, url = 'https://edge.test/', root: Readonly<Record<string, string>> = {}): HTMLElement {
  const window = new Window({ url })
  for (const name of NAMES) {
    const value = name === 'window' ? window : (window as unknown as Record<string, unknown>)[name]
    const bound = name === 'addEventListener' || name === 'matchMedia' ? (value as () => void).bind(window) : value
    Object.defineProperty(globalThis, name, { value: bound, configurable: true, writable: true })
  }
  document.documentElement.lang = 'en'
  for (const [name, value] of Object.entries(root)) document.documentElement.setAttribute(name, value)
  document.body.innerHTML = `<p id="strip" hidden></p><main>${body}</main>`
  return document.querySelector('main')!
}

export function press(selector: string): void {
  document.querySelector<HTMLElement>(selector)!.click()
}

export function type(selector: string, text: string, event = 'input'): void {
  const field = document.querySelector<HTMLInputElement>(selector)!
  field.value = text
  field.dispatchEvent(new Event(event, { bubbles: true }))
}

export function textOf(selector: string): string {
  return document.querySelector(selector)?.textContent ?? ''
}

export const CARD = `<article class="value-card" data-bet='{"match":"epl-2526-a-b","name":"A – B","kickoff":null,"outcome":"home","book":"Bet365","odds":2.5,"edge":0.05,"fraction":0.0125}'>
  <output data-stake></output><button data-copy>Copy bet</button><button data-place>I placed this</button></article>`

export const ROW = (id: string, kickoff: string, words: string, status = 'scheduled') =>
  `<li class="row" data-match="${id}" data-kickoff="${kickoff}" data-league="epl" data-teams="${words.split(' ').slice(0, 2).join(' ')}" data-words="${words}" data-status="${status}"><span data-score></span></li>`

export const DAY = (day: string, rows: string) =>
  `<section class="day" data-day="${day}"><h2 class="day-name"><time datetime="${day}" data-show="day">${day}</time></h2><ul class="rows">${rows}</ul></section>`
