/** The edge model's Worker for tests in Python: `node test/model/serve.ts ORIGIN SECRET` prints its address, ends with its stdin. */

import { run } from '../../local/worker.ts'

const [ORIGIN = '', EDGE_SECRET = ''] = process.argv.slice(2)
const worker = await run({ bindings: { ORIGIN, EDGE_SECRET }, entry: 'model/index.ts', config: 'model/wrangler.jsonc' })
console.log((await worker.ready).origin)
process.stdin.resume().on('end', () => void worker.dispose().then(() => process.exit()))
