/** The Worker for tests in other languages: `node test/serve.ts ORIGIN NAME=VALUE…` prints its address, ends with its stdin. */

import { start } from './worker.ts'

const [origin = '', ...bindings] = process.argv.slice(2)
const pairs = bindings.map((each): [string, string] => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)])
const worker = await start(origin, Object.fromEntries(pairs))
console.log((await worker.ready).origin)
process.stdin.resume().on('end', () => void worker.dispose().then(() => process.exit()))
