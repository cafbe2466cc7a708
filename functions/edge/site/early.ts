/** Runs before the first paint, so that nothing is seen in the wrong colours or with what a reader has hidden. */

try {
  for (const name of ['theme', 'odds']) {
    const value = localStorage.getItem(name)
    if (value !== null) document.documentElement.dataset[name] = value
  }
} catch (error) {
  console.info(`Nothing is kept on this device: ${String(error)}`)
}
