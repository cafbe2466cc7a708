/** Asks the API at the address given, its answers typed by what was generated from its document. */

import type { components, paths } from './api.d.ts'

type Insight = components['schemas']['Insight']
type Asked = paths['/api/v1/insights']['post']['requestBody']['content']['application/json']

const base = process.argv[2]!

async function ask<T>(path: string, init?: RequestInit): Promise<{ status: number; document: T }> {
  const answer = await fetch(base + path, init)
  return { status: answer.status, document: (await answer.json()) as T }
}

const { document: insight } = await ask<Insight>('/api/v1/insights/epl-2526-arsenal-chelsea')
const { home, draw, away } = insight.probabilities
if (Math.abs(home + draw + away - 1) > 1e-6) throw new Error('no probabilities')

const body: Asked = { matchup: 'spurs v man utd' }
const asked = await ask<Insight>('/api/v1/insights', {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
})
if (asked.document.match.home.key !== 'tottenham') throw new Error('another match')

const missing = await ask<components['schemas']['Problem']>('/api/v1/insights/epl-2526-nowhere-elsewhere')
if (missing.status !== 404 || missing.document.type !== '/docs#problem-unknown-match') throw new Error('no problem')

// @ts-expect-error: the types know what a question is
const wrong: Asked = { match: 'spurs v man utd' }
console.log('used', wrong !== undefined)
