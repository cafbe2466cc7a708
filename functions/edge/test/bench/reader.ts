/**
 * `node test/bench/reader.ts URL SOCKETS`: a room with that many sockets in it, the last of which is the reader.
 *
 * Prints `ready` once all are inside, then the id of each message that the reader hears. Ends with its standard input.
 */

import { crowd } from '../crowded.ts'

const [url = '', sockets = '1'] = process.argv.slice(2)
const inside = await crowd(url, Number(sockets))
inside.at(-1)!.on('message', (data: Buffer) => {
  const said = JSON.parse(data.toString()) as { readonly type: string; readonly id?: string }
  if (said.type === 'message') console.log(said.id)
})
console.log('ready')
process.stdin.on('end', () => process.exit(0)).resume()
