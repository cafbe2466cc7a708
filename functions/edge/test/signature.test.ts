/** Signatures as the specification's own vector and the functions have them. */

import assert from 'node:assert/strict'
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

test('it holds for five minutes either way', async () => {
  for (const off of [-300, 300]) assert.equal(await id(SIGNATURE, AT_S + off), ID)
  for (const off of [-301, 301]) assert.equal(await id(SIGNATURE, AT_S + off), undefined)
})
