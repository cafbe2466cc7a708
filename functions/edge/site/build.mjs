/**
 * `node build.mjs FOLDER`: the site in FOLDER, but for its service worker. `public/` is what readers load, scripts and
 * styles with their hash in the name; `built/` is what
 * the functions take, which make the pages: `assets.json` says where each script and style lies, by the name of its source;
 * `early.js` stands in every page; `fonts/` is the type of pictures.
 * Prints what the first load weighs.
 */

import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

import { build } from 'esbuild'

const SITE = fileURLToPath(new URL('.', import.meta.url))
/** gzip bytes of all scripts that a first visit loads. */
const MOST_SCRIPT = 25_000

const [out] = argv.slice(2)
if (out === undefined) throw new Error('Say where to: node build.mjs FOLDER')
const folder = join(out, 'public')
await mkdir(folder, { recursive: true })
await cp(join(SITE, 'static'), folder, { recursive: true })
// These are no modules: those run after the first paint, and not every browser starts a thread with one.
const early = await bundled(['early.ts', 'formats_worker.ts'], { format: 'iife' })
const assets = { ...early, ...(await bundled(['site.ts', 'site.css', 'embed.css'], { format: 'esm', splitting: true })) }
const taken = join(out, 'built')
await mkdir(taken)
await writeFile(join(taken, 'assets.json'), `${JSON.stringify(assets, null, 2)}\n`)
await writeFile(join(taken, 'early.js'), (await readFile(join(folder, assets['early.js']), 'utf8')).trim())
await cp(join(SITE, 'node_modules/@expo-google-fonts/roboto'), join(taken, 'fonts'), { recursive: true, filter: isType })
await weighed(assets)

/** Whether `path` is one of the two cuts that pictures use, the licence of both, or a folder on the way. */
function isType(path) {
  return /(roboto|400Regular|700Bold|400Regular\.ttf|700Bold\.ttf|LICENSE_FONT)$/.test(path)
}

/** Name of the source as built → address; what is loaded later is written too, and is not among them. */
async function bundled(entryPoints, options) {
  const { metafile } = await build({
    entryPoints,
    absWorkingDir: SITE,
    bundle: true,
    minify: true,
    target: ['chrome109', 'firefox115', 'safari16.4'],
    external: ['/icon.svg'],
    outdir: join(folder, 'assets'),
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    metafile: true,
    legalComments: 'none',
    logLevel: 'warning',
    ...options,
  })
  const named = Object.entries(metafile.outputs).map(([path, { entryPoint }]) => [entryPoint, `/assets/${basename(path)}`])
  const entries = named.filter(([entry]) => entryPoints.includes(entry))
  return Object.fromEntries(entries.map(([entry, address]) => [entry.replace(/\.ts$/, '.js'), address]))
}

/** Prints the weights; throws when the scripts of a first visit weigh too much. */
async function weighed(assets) {
  let scripts = 0
  for (const [name, path] of Object.entries(assets)) {
    const bytes = gzipSync(await readFile(join(folder, path)), { level: 9 }).length
    if (name.endsWith('.js')) scripts += bytes
    console.log(`${name.padEnd(18)}${String(bytes).padStart(7)} bytes gzip`)
  }
  console.log(`${'scripts together'.padEnd(18)}${String(scripts).padStart(7)} bytes gzip of ${MOST_SCRIPT}`)
  if (scripts > MOST_SCRIPT) throw new Error(`The scripts weigh ${scripts} bytes gzip; at most ${MOST_SCRIPT} are allowed.`)
}
