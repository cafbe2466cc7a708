/** Signatures as the specification's own vector and the functions have them. */

import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'

import { signedId } from '../src/signature.ts'

// https://github.com/standard-webhooks/standard-webhooks; sabiscore/http/signatures.py is held to the same.
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const ID = 'msg_p5jXN8AQM9LWM0D4loKWxJek'
const AT_S = 1614265330
const BODY = '{"test": 2432232314}'
const SIGNATURE = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='

function id(signature: string, at_s = AT_S): Promise<string | undefined> {
  const headers = { 'webhook-id': ID, 'webhook-timestamp': String(AT_S), 'webhook-signature': signature }
  return signedId(new Headers(headers), new TextEncoder().encode(BODY), SECRET, at_s * 1000)
}

test('the published vector holds, alone and beside another signature', async () => {
  assert.equal(await id(SIGNATURE), ID)
  assert.equal(await id(`v1,${'A'.repeat(43)}= ${SIGNATURE}`), ID)
})

test('a timestamp has one spelling', async () => {
  for (const at of [`0${AT_S}`, `+${AT_S}`, `${AT_S}.0`]) {
    const headers = { 'webhook-id': ID, 'webhook-timestamp': at, 'webhook-signature': SIGNATURE }
    assert.equal(await signedId(new Headers(headers), new TextEncoder().encode(BODY), SECRET, AT_S * 1000), undefined)
    const mac = createHmac('sha256', Buffer.from(SECRET.slice(6), 'base64')).update(`${ID}.${at}.${BODY}`).digest('base64')
    const signed = { ...headers, 'webhook-signature': `v1,${mac}` }
    assert.equal(await signedId(new Headers(signed), new TextEncoder().encode(BODY), SECRET, AT_S * 1000), undefined)
  }
})

test('while a secret is rotated both hold', async () => {
  const headers = { 'webhook-id': ID, 'webhook-timestamp': String(AT_S), 'webhook-signature': SIGNATURE }
  const other = `whsec_${Buffer.from('a newer one of the two secrets').toString('base64')}`
  for (const both of [`${other} ${SECRET}`, `${SECRET} ${other}`]) {
    assert.equal(await signedId(new Headers(headers), new TextEncoder().encode(BODY), both, AT_S * 1000), ID)
  }
})

test('it holds for five minutes either way', async () => {
  for (const off of [-300, 300]) assert.equal(await id(SIGNATURE, AT_S + off), ID)
  for (const off of [-301, 301]) assert.equal(await id(SIGNATURE, AT_S + off), undefined)
})
