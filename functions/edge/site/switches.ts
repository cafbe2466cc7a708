/** Light or dark, and whether odds are seen at all. `early.ts` applies what was chosen before the first paint. */

import { keepText } from './kept.ts'

type Name = 'theme' | 'odds'

/** Shows the switches below `root`, and calls `changed` when one is pressed. */
export function showSwitches(root: ParentNode, changed: () => void = () => undefined): void {
  for (const button of root.querySelectorAll<HTMLButtonElement>('[data-switch]')) {
    const name = button.dataset.switch as Name
    const draw = () => button.setAttribute('aria-pressed', String(isOn(name)))
    button.addEventListener('click', () => {
      flip(name)
      draw()
      changed()
    })
    draw()
    button.hidden = false
  }
}

/** Dark, or odds hidden. */
function isOn(name: Name): boolean {
  const { theme, odds } = document.documentElement.dataset
  if (name === 'odds') return odds === 'hidden'
  return theme === undefined ? matchMedia('(prefers-color-scheme: dark)').matches : theme === 'dark'
}

function flip(name: Name): void {
  const [on, off] = name === 'odds' ? ['hidden', 'shown'] : ['dark', 'light']
  const value = isOn(name) ? off : on
  document.documentElement.dataset[name] = value
  keepText(name, value)
}
