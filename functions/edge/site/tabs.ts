/** Parts that stand one below the other become tabs: arrows move between them, as readers of screens expect. */

let made = 0

/** Makes tabs of every `[data-tabs]` below `root`, whose sections begin with an h3. */
export function showTabs(root: ParentNode): void {
  for (const group of root.querySelectorAll<HTMLElement>('[data-tabs]')) {
    const panels = [...group.querySelectorAll<HTMLElement>(':scope > section')].filter((each) => each.querySelector('h3') !== null)
    if (panels.length > 1 && group.querySelector('[role=tablist]') === null) become(group, panels)
  }
}

function become(group: HTMLElement, panels: readonly HTMLElement[]): void {
  const list = document.createElement('div')
  list.className = 'tabs'
  list.setAttribute('role', 'tablist')
  const tabs = panels.map((panel) => tabOf(panel))
  const select = (index: number) => {
    tabs.forEach((tab, each) => {
      tab.setAttribute('aria-selected', String(each === index))
      tab.tabIndex = each === index ? 0 : -1
      panels[each]!.hidden = each !== index
    })
  }
  tabs.forEach((tab, index) => tab.addEventListener('click', () => select(index)))
  list.addEventListener('keydown', (event) => {
    const next = towards(event.key, tabs.indexOf(event.target as HTMLButtonElement), tabs.length)
    if (next === undefined) return
    event.preventDefault()
    select(next)
    tabs[next]!.focus()
  })
  list.append(...tabs)
  group.prepend(list)
  select(0)
}

function tabOf(panel: HTMLElement): HTMLButtonElement {
  const heading = panel.querySelector('h3')!
  made += 1
  const tab = document.createElement('button')
  tab.type = 'button'
  tab.id = `tab-${made}`
  tab.setAttribute('role', 'tab')
  tab.textContent = heading.textContent
  panel.id ||= `panel-${made}`
  tab.setAttribute('aria-controls', panel.id)
  panel.setAttribute('role', 'tabpanel')
  panel.setAttribute('aria-labelledby', tab.id)
  heading.hidden = true
  return tab
}

function towards(key: string, from: number, count: number): number | undefined {
  if (key === 'ArrowRight') return (from + 1) % count
  if (key === 'ArrowLeft') return (from + count - 1) % count
  if (key === 'Home') return 0
  return key === 'End' ? count - 1 : undefined
}
