/** Numbers in rows and columns, and the few operators of ONNX that our graph is made of. */

import { BadModel } from './packed.ts'

type Numbers = Float32Array | Float64Array | Uint8Array

/** `data` row by row; booleans are 0 and 1 of a Uint8Array. */
export interface Tensor {
  readonly rows: number
  readonly columns: number
  readonly data: Numbers
}

/** The width that a result has: float32 unless something in it is float64. */
function like(tensors: readonly Tensor[], size: number): Float32Array | Float64Array {
  return tensors.some(({ data }) => data instanceof Float64Array) ? new Float64Array(size) : new Float32Array(size)
}

/** `apply` to each place of `tensors`, a single row or column of which stands for all. */
function each(tensors: readonly Tensor[], apply: (...values: number[]) => number, kind?: Numbers): Tensor {
  const rows = Math.max(...tensors.map((tensor) => tensor.rows))
  const columns = Math.max(...tensors.map((tensor) => tensor.columns))
  const fits = tensors.every((tensor) => (tensor.rows === rows || tensor.rows === 1) && (tensor.columns === columns || tensor.columns === 1))
  if (!fits) throw new BadModel('tensors of other shapes')
  const data = kind ?? like(tensors, rows * columns)
  const values = new Array<number>(tensors.length)
  for (let row = 0, at = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1, at += 1) {
      tensors.forEach((tensor, index) => {
        values[index] = tensor.data[(tensor.rows === 1 ? 0 : row * tensor.columns) + (tensor.columns === 1 ? 0 : column)]!
      })
      data[at] = apply(...values)
    }
  }
  return { rows, columns, data }
}

function flags(tensors: readonly Tensor[], apply: (...values: number[]) => boolean): Tensor {
  const size = Math.max(...tensors.map(({ rows }) => rows)) * Math.max(...tensors.map(({ columns }) => columns))
  return each(tensors, (...values) => Number(apply(...values)), new Uint8Array(size))
}

export const add = (a: Tensor, b: Tensor): Tensor => each([a, b], (x, y) => x! + y!)
export const subtract = (a: Tensor, b: Tensor): Tensor => each([a, b], (x, y) => x! - y!)
export const equal = (a: Tensor, b: Tensor): Tensor => flags([a, b], (x, y) => x === y)
export const isNaN = (a: Tensor): Tensor => flags([a], (x) => Number.isNaN(x))
export const log = (a: Tensor): Tensor => each([a], (x) => Math.log(x!))
export const sigmoid = (a: Tensor): Tensor => each([a], (x) => 1 / (1 + Math.exp(-x!)))

/** Unlike Math.min and Math.max, a missing value stays one. */
export function clip(a: Tensor, least: Tensor, most: Tensor): Tensor {
  return each([a, least, most], (x, low, high) => (x! < low! ? low! : x! > high! ? high! : x!))
}

export function where(flag: Tensor, a: Tensor, b: Tensor): Tensor {
  const size = Math.max(flag.rows, a.rows, b.rows) * Math.max(flag.columns, a.columns, b.columns)
  return each([flag, a, b], (holds, x, y) => (holds === 1 ? x! : y!), like([a, b], size))
}

export function cast(a: Tensor, to: 'float32' | 'float64'): Tensor {
  return { ...a, data: to === 'float32' ? Float32Array.from(a.data) : Float64Array.from(a.data) }
}

/** Columns of `a` in the order of `indices`. */
export function gather(a: Tensor, indices: Int32Array): Tensor {
  const data = like([a], a.rows * indices.length)
  for (let row = 0, at = 0; row < a.rows; row += 1) {
    for (const index of indices) data[at++] = a.data[row * a.columns + index]!
  }
  return { rows: a.rows, columns: indices.length, data }
}

/** `a` side by side in parts of `sizes` columns. */
export function split(a: Tensor, sizes: readonly number[]): Tensor[] {
  let first = 0
  return sizes.map((size) => {
    const begin = first
    first += size
    const data = a.data instanceof Uint8Array ? new Uint8Array(a.rows * size) : like([a], a.rows * size)
    for (let row = 0; row < a.rows; row += 1) {
      data.set(a.data.subarray(row * a.columns + begin, row * a.columns + begin + size), row * size)
    }
    return { rows: a.rows, columns: size, data }
  })
}

export function concat(parts: readonly Tensor[]): Tensor {
  const rows = parts[0]!.rows
  const columns = parts.reduce((sum, part) => sum + part.columns, 0)
  const data = like(parts, rows * columns)
  let first = 0
  for (const part of parts) {
    for (let row = 0; row < rows; row += 1) {
      data.set(part.data.subarray(row * part.columns, (row + 1) * part.columns), row * columns + first)
    }
    first += part.columns
  }
  return { rows, columns, data }
}

export function reshape(a: Tensor, columns: number): Tensor {
  return { rows: a.data.length / columns, columns, data: a.data }
}

/** a · b + c. */
export function gemm(a: Tensor, b: Tensor, c: Tensor): Tensor {
  if (a.columns !== b.rows || c.columns !== b.columns) throw new BadModel('matrices of other shapes')
  const data = like([a, b, c], a.rows * b.columns)
  for (let row = 0; row < a.rows; row += 1) {
    for (let column = 0; column < b.columns; column += 1) {
      let sum = 0
      for (let k = 0; k < a.columns; k += 1) sum += a.data[row * a.columns + k]! * b.data[k * b.columns + column]!
      data[row * b.columns + column] = sum + c.data[(c.rows === 1 ? 0 : row * c.columns) + column]!
    }
  }
  return { rows: a.rows, columns: b.columns, data }
}

function eachRow(a: Tensor, apply: (row: Numbers, result: Numbers) => void): Tensor {
  const data = like([a], a.data.length)
  for (let at = 0; at < a.data.length; at += a.columns) {
    apply(a.data.subarray(at, at + a.columns), data.subarray(at, at + a.columns))
  }
  return { ...a, data }
}

function exponentials(row: Numbers, result: Numbers): number {
  const top = Math.max(...row)
  let total = 0
  row.forEach((value, at) => (total += result[at] = Math.exp(value - top)))
  return total
}

export function softmax(a: Tensor): Tensor {
  return eachRow(a, (row, result) => {
    const total = exponentials(row, result)
    result.forEach((value, at) => (result[at] = value / total))
  })
}

export function logSoftmax(a: Tensor): Tensor {
  return eachRow(a, (row, result) => {
    const total = Math.log(exponentials(row, result)) + Math.max(...row)
    row.forEach((value, at) => (result[at] = value - total))
  })
}
