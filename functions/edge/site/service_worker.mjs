/** `node service_worker.mjs FOLDER`: the service worker of the site that build.mjs made in FOLDER, once its pages are there. */

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'

import { build } from 'esbuild'

const [out] = argv.slice(2)
if (out === undefined) throw new Error('Say where: node service_worker.mjs FOLDER')
const folder = join(out, 'public')
const assets = JSON.parse(await readFile(join(out, 'built/assets.json'), 'utf8'))
/** What every page needs, and the page for when there is none. */
const shell = [...Object.values(assets), '/offline.html', '/icon.svg', '/site.webmanifest']
const version = createHash('sha256')
for (const path of shell) version.update(await readFile(join(folder, path)))
await build({
  entryPoints: ['sw.ts'],
  absWorkingDir: fileURLToPath(new URL('.', import.meta.url)),
  bundle: true,
  minify: true,
  format: 'iife',
  target: ['chrome109', 'firefox115', 'safari16.4'],
  outfile: join(folder, 'sw.js'),
  define: { BUILD: JSON.stringify(version.digest('hex').slice(0, 12)), SHELL: JSON.stringify(shell) },
  logLevel: 'warning',
})
