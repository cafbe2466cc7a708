/** Runs before the first paint, so that nothing is seen in the wrong colours or with what a reader has hidden. */

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
