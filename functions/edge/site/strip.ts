/** The one strip at the top: what matters most of all there is to say. */

const ORDER = ['version', 'offline', 'live'] as const
export type About = (typeof ORDER)[number]

interface Said {
  readonly text: string
  readonly action?: Action
}

export interface Action {
  readonly label: string
  readonly run: () => void
}

const said = new Map<About, Said>()

export function say(about: About, text: string, action?: Action): void {
  said.set(about, { text, ...(action && { action }) })
  draw()
}

export function unsay(about: About): void {
  if (said.delete(about)) draw()
}

function draw(): void {
  const strip = document.getElementById('strip')
  if (strip === null) return
  const first = ORDER.map((about) => said.get(about)).find((each) => each !== undefined)
  strip.hidden = first === undefined
  strip.replaceChildren(...(first === undefined ? [] : [first.text, ...(first.action ? [' ', buttonOf(first.action)] : [])]))
}

function buttonOf({ label, run }: Action): HTMLButtonElement {
  const button = document.createElement('button')
  button.type = 'button'
  button.textContent = label
  button.addEventListener('click', run)
  return button
}
