import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'

import { open, textOf } from './fixture.ts'
import { entriesIn, firstFault, startVerifying, type Entry } from './ledger.ts'

function chain(count: number): Entry[] {
  const entries: Entry[] = []
  let previous = '0'.repeat(64)
  for (let seq = 1; seq <= count; seq++) {
    const text = JSON.stringify({ seq, kind: 'sealed', league: 'süper lig', previous })
    const hash = createHash('sha256').update(text).digest('hex')
    entries.push({ text, hash, previous })
    previous = hash
  }
  return entries
}

test('a chain holds in either order', async () => {
  assert.equal(await firstFault(chain(4)), undefined)
  assert.equal(await firstFault(chain(4).reverse()), undefined)
})

test('an altered text, hash or link is found', async () => {
  const entries = chain(3)
  const changed = (index: number, change: Partial<Entry>) => entries.map((entry, each) => (each === index ? { ...entry, ...change } : entry))
  assert.equal(await firstFault(changed(1, { text: entries[1]!.text.replace('sealed', 'Sealed') })), 1)
  assert.equal(await firstFault(changed(2, { hash: 'f'.repeat(64) })), 2)
  assert.equal(await firstFault(changed(1, { previous: 'f'.repeat(64) })), 1)
  const forged = JSON.stringify({ seq: 2, previous: 'e'.repeat(64) })
  const hash = createHash('sha256').update(forged).digest('hex')
  assert.equal(await firstFault(changed(1, { text: forged, hash, previous: 'e'.repeat(64) })), 1)
})

test('a page of the ledger says whether it holds', async () => {
  const main = open('<button data-verify>Verify</button><output data-verified></output><ol></ol>')
  for (const entry of chain(2)) {
    const item = document.createElement('li')
    item.dataset.entry = JSON.stringify(entry)
    main.querySelector('ol')!.append(item)
  }
  assert.equal(entriesIn(main).length, 2)
  startVerifying(document)
  const said = changeOf('[data-verified]')
  main.querySelector<HTMLButtonElement>('button')!.click()
  await said
  assert.equal(textOf('[data-verified]'), 'All 2 entries hold: each text has its hash, and each follows the one before.')
})

test('an entry that cannot be read does not hold', async () => {
  const main = open('<li data-entry="{">')
  assert.equal(await firstFault(entriesIn(main)), 0)
})

async function changeOf(selector: string): Promise<void> {
  while (textOf(selector) === '') await new Promise((resolve) => setImmediate(resolve))
}
