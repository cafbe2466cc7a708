/** A thread of its own for the first use of a language's formats, so that the page's thread is free for its reader. */

import { useEach } from './formats.ts'

addEventListener('message', ({ data }: MessageEvent<string>) => {
  useEach(data)
  postMessage('used')
})
