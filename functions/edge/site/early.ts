/** Runs before the first paint, so that nothing is seen in the wrong colours or with what a reader has hidden. */

/** The page is whole without its scripts: they come once it is seen, so that nothing of it waits for them. */
addEventListener('load', () => {
  const begin = () => void import(document.documentElement.dataset.script!) // that of this page's build
  if (document.visibilityState === 'visible') requestAnimationFrame(() => setTimeout(begin))
  else begin()
})

/** What only scripts can do has its place from the first paint on, so that nothing moves when they come. */
document.documentElement.dataset.scripts = 'on'

try {
  for (const name of ['theme', 'odds']) {
    const value = localStorage.getItem(name)
    if (value !== null) document.documentElement.dataset[name] = value
  }
  if ((localStorage.getItem('bets') ?? '[]') !== '[]') document.documentElement.dataset.bets = 'some'
} catch (error) {
  console.info(`Nothing is kept on this device: ${String(error)}`)
}
