/**
 * The edge model for tests in Python, which compare it with the functions' own:
 *
 *   node test/model/evaluate.ts graph FILE ROWS        rows float32 [n, F] of a file → probabilities [n, 3], over [n]
 *   node test/model/evaluate.ts grids BOUNDS ROWS      rows float64 [n, 4] of home, draw, away and over → the cells of each grid
 *   node test/model/evaluate.ts vectors FOLDER         every edge model of a folder → the vector of every pairing
 *   node test/model/evaluate.ts documents FILE AT      every pairing in no calendar → its document
 *
 * Numbers are printed in base64, as float32; those of grids as JSON.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { consistent, type Grid } from '../../model/goals.ts'
import { Graph } from '../../model/graph.ts'
import { EdgeModel } from '../../model/insight.ts'
import { Packed } from '../../model/packed.ts'
import { meeting, type StatesHeader } from '../../model/states.ts'
import { vector, type Features } from '../../model/vector.ts'

function read(path: string): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = readFileSync(path)
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer
}

function base64(parts: readonly Float32Array[]): string {
  return Buffer.concat(parts.map((part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength))).toString('base64')
}

function graph(file: string, rows: string): object {
  const { probabilities, over } = new Graph(new Packed(read(file))).run(new Float32Array(read(rows)))
  return { probabilities: base64([probabilities]), over: base64([over]) }
}

function grids(bounds: string, rows: string): Grid[] {
  const all = new Float64Array(read(rows))
  return Array.from({ length: all.length / 4 }, (_, row) => {
    const [home, draw, away, over] = all.subarray(4 * row, 4 * row + 4) as unknown as [number, number, number, number]
    return consistent([home, draw, away], over, JSON.parse(bounds))
  })
}

/** Every two teams of a league, home and away. */
function pairs(teams: number): [number, number][] {
  return Array.from({ length: teams * teams }, (_, at): [number, number] => [Math.floor(at / teams), at % teams]).filter(([home, away]) => home !== away)
}

function vectors(folder: string): string {
  const found = readdirSync(folder).sort().flatMap((name) => {
    const packed = new Packed(read(join(folder, name)))
    const header = packed.header as unknown as StatesHeader & { features: Features; constants: Parameters<typeof vector>[2] }
    return Object.entries(header.leagues).flatMap(([league, { teams }]) =>
      pairs(teams.length).map(([home, away]) => vector(meeting(packed, header, league, home, away), header.features, header.constants)))
  })
  return base64(found)
}

function documents(file: string, at: string): unknown[] {
  const model = new EdgeModel(read(file))
  return Object.entries(model.header.leagues).flatMap(([league, { teams }]) =>
    pairs(teams.length).flatMap(([home, away]) => {
      const asked = model.pairing(`${teams[home]!.key} vs ${teams[away]!.name}`, league, Number(at))
      return asked === undefined ? [] : [{ asked: [league, teams[home]!.key, teams[away]!.key], document: model.insight(asked, Number(at)) }]
    }))
}

const [what = '', ...given] = process.argv.slice(2)
const answer = { graph, grids, vectors, documents }[what] as (...given: string[]) => unknown
process.stdout.write(JSON.stringify(answer(...given)))
