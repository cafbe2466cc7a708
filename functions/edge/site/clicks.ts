/** One listener for every button of a kind: a page of a hundred cards is ready as soon as a page of none. */

/** Calls `clicked` with whichever button of the page matches `selector` when it is clicked, also those that come later. */
export function onClick(page: Document, selector: string, clicked: (button: HTMLButtonElement) => void): void {
  page.addEventListener('click', ({ target }) => {
    const button = target instanceof Element ? target.closest<HTMLButtonElement>(selector) : null
    if (button !== null) clicked(button)
  })
}
