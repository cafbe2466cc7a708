/**
 * `node measure.mjs URL [--json] [--runs N] [--only /value]`: the pages of the site at URL as Lighthouse sees them on a
 * phone, the median of N runs each (3). Ends with 1 where a page misses a bound, and says which.
 */

import { createServer } from 'node:http'
import { argv, env, exit } from 'node:process'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'

import { launch } from 'chrome-launcher'
import lighthouse from 'lighthouse'

const { values, positionals } = parseArgs({
  args: argv.slice(2),
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, runs: { type: 'string', default: '3' }, only: { type: 'string', multiple: true } },
})
const [base] = positionals
if (base === undefined) throw new Error('Say which site: node measure.mjs http://127.0.0.1:8787')

/** What a page must reach: scores of 100, milliseconds, bytes as they were sent. */
const LEAST = { performance: 99, accessibility: 100, 'best-practices': 100, seo: 100 }
const MOST = { lcp_ms: 1_200, cls: 0.02, tbt_ms: 50, script_bytes: 25_000, all_bytes: 60_000 }

const match = await firstMatch()
const compressing = await compressed(base)
const EVERY = ['/', ...(match === undefined ? [] : [`/match/${match}`]), '/value', '/record', '/record/ledger', '/system', '/pick', '/bets', '/guide', '/docs']
const PAGES = EVERY.filter((page) => values.only?.includes(page) ?? true)
if (PAGES.length === 0) throw new Error(`There is no such page. Say one of ${EVERY.join(' ')}`)
/** Whose figures are read; some others fail with every Chromium that is newer than this Lighthouse. */
const READ = ['largest-contentful-paint', 'cumulative-layout-shift', 'total-blocking-time', 'network-requests']
/** A trace that lacks an event on a busy machine says nothing: it is taken again. */
const ATTEMPTS = 5

const chrome = await launch({ chromePath: env.CHROME_PATH ?? '/usr/bin/chromium', chromeFlags: ['--headless=new', '--no-sandbox', '--disable-gpu'] })
const figures = []
try {
  for (const page of PAGES) {
    const runs = []
    for (let run = 0; run < Number(values.runs); run += 1) runs.push(await figuresOf(new URL(page, compressing.url).href))
    const names = Object.keys(runs[0])
    figures.push({ page, ...Object.fromEntries(names.map((name) => [name, median(runs.map((each) => each[name]))])) })
    console.error(`${page}: measured`)
  }
} finally {
  await chrome.kill()
  compressing.server.close()
}
const missed = figures.flatMap((each) => missedBy(each))
if (values.json) console.log(JSON.stringify({ figures, missed }, null, 2))
else console.table(Object.fromEntries(figures.map(({ page, ...rest }) => [page, rest])))
for (const sentence of missed) console.error(sentence)
exit(missed.length > 0 ? 1 : 0)

/** A server before `site` that compresses text on the way, as Cloudflare does and a laptop's server does not. */
async function compressed(site) {
  const server = createServer(async (request, response) => {
    const accept = request.headers.accept ?? '*/*'
    const answer = await fetch(new URL(request.url, site), { method: request.method, headers: { accept }, redirect: 'manual' })
    const headers = Object.fromEntries([...answer.headers].filter(([name]) => !/^(content-length|transfer-encoding|connection|keep-alive)$/.test(name)))
    const isText = /^(text|application)\//.test(headers['content-type'] ?? '')
    const body = Buffer.from(await answer.arrayBuffer())
    if (isText && body.length > 0) headers['content-encoding'] = 'gzip'
    response.writeHead(answer.status, headers).end(isText && body.length > 0 ? gzipSync(body) : body)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, url: `http://127.0.0.1:${server.address().port}` }
}

/** A coming match, whose page is measured too; undefined where none is published. */
async function firstMatch() {
  const answer = await fetch(new URL('/api/v1/matches', base))
  return (await answer.json()).matches?.find((row) => row.state.status === 'scheduled')?.match.id
}

async function figuresOf(url, attempt = 1) {
  const result = await lighthouse(url, { port: chrome.port, output: 'json', logLevel: 'error' })
  const { categories, audits } = result.lhr
  const failed = READ.map((id) => audits[id]).find(({ scoreDisplayMode }) => scoreDisplayMode === 'error')
  if (failed !== undefined) {
    const reason = `${url}: ${failed.id}: ${failed.errorMessage}`
    if (attempt === ATTEMPTS) throw new Error(`${reason} Leave the machine alone meanwhile.`)
    console.error(`${reason} Measured again.`)
    return figuresOf(url, attempt + 1)
  }
  const scores = Object.keys(LEAST).map((name) => [name, Math.round(100 * categories[name].score)])
  const sizes = audits['network-requests'].details.items
  const bytes = (kind) => sizes.filter(({ resourceType }) => kind === undefined || resourceType === kind).reduce((sum, each) => sum + (each.transferSize ?? 0), 0)
  return {
    ...Object.fromEntries(scores),
    lcp_ms: Math.round(audits['largest-contentful-paint'].numericValue),
    cls: Number(audits['cumulative-layout-shift'].numericValue.toFixed(3)),
    tbt_ms: Math.round(audits['total-blocking-time'].numericValue),
    script_bytes: bytes('Script'),
    all_bytes: bytes(),
    elements: audits['dom-size']?.numericValue ?? null,
  }
}

function missedBy({ page, ...reached }) {
  const low = Object.entries(LEAST).filter(([name, least]) => reached[name] < least)
  const high = Object.entries(MOST).filter(([name, most]) => reached[name] > most)
  return [
    ...low.map(([name, least]) => `${page}: ${name} is ${reached[name]}, at least ${least} is wanted`),
    ...high.map(([name, most]) => `${page}: ${name} is ${reached[name]}, at most ${most} is wanted`),
  ]
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]
}
