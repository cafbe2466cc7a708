/** What scripts add to a page that is whole without them. */

document.documentElement.dataset.scripts = 'on'
export {}
