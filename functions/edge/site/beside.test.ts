import assert from 'node:assert/strict'
import { test } from 'node:test'

import { openBeside } from './beside.ts'
import { DAY, open, press, ROW, textOf } from './fixture.ts'

const LIST = DAY('2025-11-28', ROW('epl-2526-a-b', '', 'a b') + ROW('epl-2526-c-d', '', 'c d'))

/** A list on a screen that is `wide`, where each page that is asked for says its own address. */
function list(wide: boolean, hash = ''): string[] {
  const asked: string[] = []
  open(LIST, `https://edge.test/${hash}`, { 'data-page': 'matches' })
  for (const row of document.querySelectorAll<HTMLElement>('.row')) row.innerHTML = `<a href="/match/${row.dataset.match!}">open</a>`
  Object.defineProperty(globalThis, 'matchMedia', { value: () => ({ matches: wide }), configurable: true, writable: true })
  const answer = (path: string) => {
    asked.push(path)
    const response = new Response(`<title>${path}</title><main>about ${path}</main>`, { headers: { 'content-type': 'text/html' } })
    return Promise.resolve(Object.defineProperty(response, 'url', { value: `https://edge.test${path}` }))
  }
  Object.defineProperty(globalThis, 'fetch', { value: answer, configurable: true, writable: true })
  return asked
}

const settled = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))

test('on a wide screen a match opens beside the list, and the address says which', async () => {
  const asked = list(true)
  const shown: string[] = []
  openBeside((pane) => shown.push(pane.textContent))
  press('[data-match=epl-2526-c-d] a')
  await settled()
  assert.deepEqual(asked, ['/match/epl-2526-c-d'])
  assert.equal(textOf('.beside'), 'about /match/epl-2526-c-d')
  assert.deepEqual(shown, ['about /match/epl-2526-c-d'])
  assert.equal(location.hash, '#epl-2526-c-d')
  assert.equal(document.querySelectorAll('[aria-current]').length, 1)
})

test('an address that names a match opens it again', async () => {
  const asked = list(true, '#epl-2526-a-b')
  openBeside(() => undefined)
  await settled()
  assert.deepEqual(asked, ['/match/epl-2526-a-b'])
  assert.equal(document.querySelector('.row [aria-current]')?.getAttribute('href'), '/match/epl-2526-a-b')
})

test('on a phone links are links', async () => {
  const asked = list(false, '#epl-2526-a-b')
  openBeside(() => undefined)
  const event = new Event('click', { bubbles: true, cancelable: true })
  document.querySelector('.row a')!.dispatchEvent(event)
  await settled()
  assert.deepEqual(asked, [])
  assert.equal(event.defaultPrevented, false)
})
