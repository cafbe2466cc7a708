import assert from 'node:assert/strict'
import { test } from 'node:test'

import { open, press, textOf } from './fixture.ts'
import { keepText } from './kept.ts'
import { obeyHiddenOdds, showPushBoxes, staySubscribed } from './push.ts'
import { words } from './words.ts'

const KEY = 'BAAA'
const BOX = `<details data-push><button data-topic="match:epl-2526-a-b" hidden></button><button data-topic="value" hidden></button>
  <p data-push-status></p></details>`

interface Call {
  readonly method: string
  readonly body: { readonly endpoint?: string; readonly topics?: readonly string[] }
}

/** A browser that takes notifications, and the API that keeps its subscription. */
class Rig {
  readonly calls: Call[] = []
  subscription: object | null = null
  permission = 'granted'
  status = 200
  key: string | null = KEY
  endpoint = 'https://push.example.com/a'

  constructor(body = BOX, root: Readonly<Record<string, string>> = {}) {
    open(body, 'https://edge.test/', root)
    for (const name of ['push', 'push-endpoint']) keepText(name, '') // what a page before this one kept in memory
    const pushManager = { getSubscription: () => Promise.resolve(this.subscription), subscribe: () => this.subscribe() }
    const registration = { pushManager }
    const serviceWorker = { ready: Promise.resolve(registration), getRegistration: () => Promise.resolve(registration) }
    const set = (name: string, value: unknown) => Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
    Object.defineProperty(navigator, 'serviceWorker', { value: serviceWorker, configurable: true })
    set('PushManager', class {})
    const permission = () => this.permission
    set('Notification', { requestPermission: () => Promise.resolve(permission()), get permission() { return permission() } }) // prettier-ignore
    set('fetch', (path: string, init: RequestInit = {}) => this.answer(path, init))
  }

  subscribe(): Promise<object> {
    const { endpoint } = this
    const subscription = {
      endpoint,
      options: { applicationServerKey: Uint8Array.from([4, 0, 0]).buffer },
      toJSON: () => ({ endpoint, keys: { p256dh: 'p', auth: 'a' } }),
      unsubscribe: () => {
        this.subscription = null
        return Promise.resolve(true)
      },
    }
    this.subscription = subscription
    return Promise.resolve(subscription)
  }

  answer(path: string, init: RequestInit): Promise<Response> {
    if (path === '/api/v1/push') return Promise.resolve(Response.json({ public_key: this.key }))
    this.calls.push({ method: init.method!, body: JSON.parse(String(init.body)) as Call['body'] })
    return Promise.resolve(new Response(null, { status: this.status }))
  }

  /** Opens the box and waits until it has said what it has to say. */
  async opened(): Promise<void> {
    showPushBoxes(document)
    document.querySelector('details')!.dispatchEvent(new Event('toggle'))
    await settled()
  }

  async pressed(topic: string): Promise<void> {
    press(`[data-topic="${topic}"]`)
    await settled()
  }
}

/** Everything that waits on promises of these fakes has gone on. */
async function settled(): Promise<void> {
  for (let round = 0; round < 50; round += 1) await new Promise((resolve) => setImmediate(resolve))
}

function kept(): unknown {
  return JSON.parse(localStorage.getItem('push') || '[]')
}

test('buttons are shown once the box is opened, and nothing is asked of the reader before', async () => {
  const rig = new Rig()
  assert.equal(document.querySelector<HTMLElement>('[data-topic]')!.hidden, true)
  await rig.opened()
  assert.equal(document.querySelector<HTMLElement>('[data-topic]')!.hidden, false)
  assert.deepEqual(rig.calls, [])
})

test('a topic is added, another one beside it, and taken out again', async () => {
  const rig = new Rig()
  await rig.opened()
  await rig.pressed('match:epl-2526-a-b')
  assert.equal(textOf('[data-push-status]'), words.pushOn)
  await rig.pressed('value')
  assert.deepEqual(kept(), ['match:epl-2526-a-b', 'value'])
  assert.equal(document.querySelector('[data-topic=value]')!.getAttribute('aria-pressed'), 'true')
  await rig.pressed('match:epl-2526-a-b')
  assert.deepEqual(rig.calls.map(({ method, body }) => [method, body.topics]), [
    ['POST', ['match:epl-2526-a-b']],
    ['POST', ['match:epl-2526-a-b', 'value']],
    ['POST', ['value']],
  ])
  await rig.pressed('value')
  assert.equal(rig.calls.at(-1)!.method, 'DELETE')
  assert.equal(rig.subscription, null)
  assert.deepEqual(kept(), [])
})

test('whoever hides odds is sent no value alerts', async () => {
  const rig = new Rig()
  await rig.opened()
  await rig.pressed('match:epl-2526-a-b')
  await rig.pressed('value')
  await obeyHiddenOdds()
  assert.deepEqual(kept(), ['match:epl-2526-a-b', 'value'], 'odds are shown')
  document.documentElement.dataset.odds = 'hidden'
  rig.status = 503
  await obeyHiddenOdds()
  assert.deepEqual(kept(), ['match:epl-2526-a-b', 'value'], 'to be tried again')
  rig.status = 200
  await obeyHiddenOdds()
  assert.deepEqual(rig.calls.at(-1)!.body.topics, ['match:epl-2526-a-b'])
  assert.deepEqual(kept(), ['match:epl-2526-a-b'])
})

test('a refused permission and a failing call are said, and nothing is kept', async () => {
  const rig = new Rig()
  await rig.opened()
  rig.permission = 'denied'
  await rig.pressed('value')
  assert.equal(textOf('[data-push-status]'), words.pushRefused)
  rig.permission = 'granted'
  rig.status = 503
  await rig.pressed('value')
  assert.equal(textOf('[data-push-status]'), words.pushFailed)
  assert.deepEqual(kept(), [])
})

test('a subscription for an old key is replaced', async () => {
  const rig = new Rig()
  await rig.opened()
  await rig.pressed('value')
  rig.key = 'BBBB'
  document.body.innerHTML = BOX
  await rig.opened()
  await rig.pressed('match:epl-2526-a-b')
  assert.deepEqual(rig.calls.map(({ method }) => method), ['POST', 'DELETE', 'POST'])
})

test('where there are no notifications the box says so', async () => {
  const rig = new Rig()
  rig.key = null
  await rig.opened()
  assert.equal(textOf('[data-push-status]'), words.noPush)
  assert.equal(document.querySelector<HTMLElement>('[data-topic]')!.hidden, true)
})

/** A reader who subscribed to value alerts, with a page of another day. */
async function subscriber(): Promise<Rig> {
  const rig = new Rig()
  await rig.opened()
  await rig.pressed('value')
  rig.calls.length = 0
  return rig
}

test('what the browser dropped by itself is subscribed anew with the next page', async () => {
  const rig = await subscriber()
  rig.subscription = null
  await staySubscribed()
  assert.notEqual(rig.subscription, null)
  assert.deepEqual(rig.calls.map(({ method, body }) => [method, body.topics]), [['POST', ['value']]])
})

test('another endpoint takes the place of the one before it', async () => {
  const rig = await subscriber()
  rig.endpoint = 'https://push.example.com/b'
  await rig.subscribe()
  await staySubscribed()
  assert.deepEqual(rig.calls.map(({ method, body }) => [method, body.endpoint]), [
    ['DELETE', 'https://push.example.com/a'],
    ['POST', 'https://push.example.com/b'],
  ])
})

test('a subscription that is as it was asks for nothing', async () => {
  const rig = await subscriber()
  await staySubscribed()
  assert.deepEqual(rig.calls, [])
})

test('what cannot be renewed is tried again with the next page', async () => {
  const rig = await subscriber()
  rig.subscription = null
  rig.status = 503
  await staySubscribed()
  rig.status = 200
  await staySubscribed()
  assert.deepEqual([kept(), rig.calls.length], [['value'], 2])
})

test('what the browser dropped with its permission is not shown as on', async () => {
  const rig = await subscriber()
  rig.subscription = null
  rig.permission = 'denied'
  document.body.innerHTML = BOX
  await rig.opened()
  assert.equal(document.querySelector('[data-topic=value]')!.getAttribute('aria-pressed'), 'false')
  assert.deepEqual(kept(), [])
})
