/** Notifications while no page is open: what this browser subscribed to, like `team:arsenal`, `match:…` or `value`. */

import { isRecord, isTexts, keep, keepText, kept, keptText } from './kept.ts'
import { words } from './words.ts'

const VALUE = 'value'
const NAME = 'push'
/** Under which the endpoint is kept that we know these topics by. */
const ENDPOINT = 'push-endpoint'
const STATE = '/api/v1/push'
const SUBSCRIPTIONS = '/api/v1/push/subscriptions'
const DEADLINE_MS = 10_000
/** Of one subscription; the oldest make room. */
const MOST_TOPICS = 50

/** Asks whether there are notifications once a box of them below `root` is opened. */
export function showPushBoxes(root: ParentNode): void {
  for (const box of root.querySelectorAll<HTMLDetailsElement>('details[data-push]')) {
    box.addEventListener('toggle', () => void showPush(box), { once: true })
  }
}

/** Whoever hides odds and value is sent no value alerts either; what fails is tried again with the next page. */
export async function obeyHiddenOdds(): Promise<void> {
  const isHidden = document.documentElement.dataset.odds === 'hidden'
  const left = topicsKept().filter((each) => each !== VALUE)
  if (!isHidden || left.length === topicsKept().length) return
  try {
    await subscribed(left, undefined)
    keep(NAME, left)
  } catch (error) {
    console.info(`Value alerts go on: ${String(error)}`)
  }
}

function topicsKept(): readonly string[] {
  return kept(NAME, isTexts, [])
}

/** Shows the buttons of `box`, or why there are none. */
async function showPush(box: HTMLElement): Promise<void> {
  const say = (text: string) => {
    const status = box.querySelector('[data-push-status]')
    if (status !== null) status.textContent = text
  }
  const key = canPush() ? await publicKey() : undefined
  if (key === undefined) return say(canPush() ? words.noPush : words.cannotPush)
  const buttons = [...box.querySelectorAll<HTMLButtonElement>('[data-topic]')]
  const draw = () => {
    for (const button of buttons) button.setAttribute('aria-pressed', String(topicsKept().includes(button.dataset.topic!)))
  }
  for (const button of buttons) {
    button.addEventListener('click', () => void toggle(button.dataset.topic!, key).then(say).then(draw))
    button.hidden = false
  }
  await staySubscribed()
  draw()
}

function canPush(): boolean {
  return 'serviceWorker' in navigator && 'PushManager' in globalThis && 'Notification' in globalThis
}

/** What browsers subscribe with; undefined where no push messages are sent. */
async function publicKey(): Promise<string | undefined> {
  try {
    const answer = await fetch(STATE, { signal: AbortSignal.timeout(DEADLINE_MS) })
    const state: unknown = answer.ok ? await answer.json() : undefined
    return isRecord(state) && typeof state.public_key === 'string' ? state.public_key : undefined
  } catch (error) {
    console.info(`push: ${String(error)}`)
    return undefined
  }
}

/** What to say after `topic` was added, or taken out where it was there. */
async function toggle(topic: string, key: string): Promise<string> {
  const before = topicsKept()
  const isNew = !before.includes(topic)
  try {
    if (isNew && (await Notification.requestPermission()) !== 'granted') return words.pushRefused
    const after = isNew ? [...before, topic].slice(-MOST_TOPICS) : before.filter((each) => each !== topic)
    await subscribed(after, key)
    keep(NAME, after)
    return isNew ? words.pushOn : words.pushOff
  } catch (error) {
    console.info(`push: ${String(error)}`)
    return words.pushFailed
  }
}

/** Makes `topics` all that this browser hears of; without `key` only where it has subscribed. */
async function subscribed(topics: readonly string[], key: string | undefined): Promise<void> {
  const { pushManager } = await navigator.serviceWorker.ready
  const old = await pushManager.getSubscription()
  if (topics.length === 0 || (old === null && key === undefined)) {
    if (old !== null) await ended(old)
    return
  }
  const { endpoint, keys } = (old !== null && (key === undefined || isOf(old, key)) ? old : await renewed(pushManager, old, key!)).toJSON()
  const before = keptText(ENDPOINT)
  if (before && before !== endpoint) await send('DELETE', { endpoint: before })
  keepText(ENDPOINT, '') // until these topics are known by it
  await send('POST', { endpoint, p256dh: keys?.p256dh, auth: keys?.auth, topics })
  keepText(ENDPOINT, endpoint!)
}

/** A new subscription in place of one for another key. */
async function renewed(pushManager: PushManager, old: PushSubscription | null, key: string): Promise<PushSubscription> {
  if (old !== null) await ended(old)
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })
}

async function ended(subscription: PushSubscription): Promise<void> {
  await send('DELETE', { endpoint: subscription.endpoint })
  keepText(ENDPOINT, '')
  await subscription.unsubscribe()
}

function isOf({ options }: PushSubscription, key: string): boolean {
  const bytes = new Uint8Array(options.applicationServerKey ?? new ArrayBuffer(0))
  const text = btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '')
  return text === key
}

async function send(method: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const signal = AbortSignal.timeout(DEADLINE_MS)
  const answer = await fetch(SUBSCRIPTIONS, { method, headers, body: JSON.stringify(body), signal })
  if (!answer.ok) throw new Error(`${method} ${SUBSCRIPTIONS} was answered ${answer.status}`)
}

/**
 * A browser may drop a subscription by itself, or give it another endpoint: then it subscribes anew, for as long as it
 * may show notifications. What fails is tried again with the next page.
 */
export async function staySubscribed(): Promise<void> {
  const topics = topicsKept()
  if (topics.length === 0 || !canPush()) return
  const registration = await navigator.serviceWorker.getRegistration()
  const subscription = (await registration?.pushManager.getSubscription()) ?? null
  if (subscription !== null && subscription.endpoint === keptText(ENDPOINT)) return
  if (Notification.permission !== 'granted') return keep(NAME, [])
  try {
    const key = await publicKey()
    if (key !== undefined) await subscribed(topics, key)
  } catch (error) {
    console.info(`Notifications are still off: ${String(error)}`)
  }
}
