import assert from 'node:assert/strict'
import { test } from 'node:test'

import { open, textOf } from './fixture.ts'
import { refresh, swap } from './refresh.ts'
import { unsay } from './strip.ts'

function page(main: string, content: string, script = '/assets/site-A.js', generated = content): Document {
  const text = `<html data-script="${script}" data-content="${content}" data-generated="${generated}"><head></head><body><main>${main}</main></body></html>`
  return new DOMParser().parseFromString(text, 'text/html')
}

const never = () => assert.fail('nothing is swapped')

function opened(main: string): void {
  open(main, undefined, { 'data-content': '1', 'data-generated': '1', 'data-script': '/assets/site-A.js' })
  unsay('version')
}

test('a newer page takes the place of the older one, enhanced before it is seen', () => {
  opened('old')
  let enhanced = ''
  assert.equal(swap(page('new', '2'), (main) => (enhanced = main.textContent)), 'swapped')
  assert.equal(textOf('main'), 'new')
  assert.equal(enhanced, 'new')
  assert.equal(document.documentElement.dataset.generated, '2')
})

test('news within the instant that a page is of is news', () => {
  opened('0–0')
  assert.equal(swap(page('1–0', '2', undefined, '1'), () => undefined), 'swapped')
  assert.equal(textOf('main'), '1–0')
  assert.equal(swap(page('1–0', '2', undefined, '1'), never), 'same')
})

test('the same page changes nothing', () => {
  opened('old')
  assert.equal(swap(page('new', '1'), never), 'same')
  assert.equal(textOf('main'), 'old')
})

test('a page of another build is not mixed with this one: it is offered', () => {
  opened('old')
  assert.equal(swap(page('new', '2', '/assets/site-B.js'), never), 'same')
  assert.equal(textOf('main'), 'old')
  assert.match(textOf('#strip'), /New version, reload/)
})

test('what is open and focused stays so', () => {
  const main = '<details><summary>More</summary></details><input name="q"><a href="/x">x</a>'
  opened(main)
  document.querySelector('details')!.open = true
  document.querySelector<HTMLElement>('[name=q]')!.focus()
  swap(page(main, '2'), () => undefined)
  assert.equal(document.querySelector('details')!.open, true)
  assert.equal(document.activeElement?.getAttribute('name'), 'q')
})

test('what is no page of ours is not taken', async () => {
  opened('old')
  const answers = [
    new Response('{}', { headers: { 'content-type': 'application/json' } }),
    new Response('<main>away</main>', { status: 503, headers: { 'content-type': 'text/html' } }),
  ]
  for (const answer of answers) {
    globalThis.fetch = async () => answer
    assert.equal(await refresh(never), 'away')
  }
  globalThis.fetch = async () => Promise.reject(new TypeError('no network'))
  assert.equal(await refresh(never), 'away')
  assert.equal(textOf('main'), 'old')
})
