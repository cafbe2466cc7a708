/** The trees of all members, one list of nodes: see model_export/graph/compiled.py. */

import type { Packed } from './packed.ts'
import type { Tensor } from './tensor.ts'

export class Trees {
  readonly #targets: number
  readonly #roots: Int32Array
  readonly #feature: Int32Array
  readonly #threshold: Float32Array
  readonly #yes: Int32Array
  readonly #no: Int32Array
  readonly #missing: Uint8Array
  readonly #target: Int32Array
  readonly #weight: Float32Array

  constructor(packed: Packed, targets: number) {
    this.#targets = targets
    this.#roots = packed.array('trees.roots', 'int32')
    this.#feature = packed.array('trees.feature', 'int32')
    this.#threshold = packed.array('trees.threshold', 'float32')
    this.#yes = packed.array('trees.yes', 'int32')
    this.#no = packed.array('trees.no', 'int32')
    this.#missing = packed.array('trees.missing', 'uint8')
    this.#target = packed.array('trees.target', 'int32')
    this.#weight = packed.array('trees.weight', 'float32')
  }

  /** float32 [rows, targets]: what the leaves that each row comes to add up to, in float32 as the runtime does. */
  sums({ rows, columns, data }: Tensor): Tensor {
    const sums = new Float32Array(rows * this.#targets)
    for (let row = 0; row < rows; row += 1) {
      const x = data.subarray(row * columns, (row + 1) * columns)
      for (const root of this.#roots) {
        const leaf = this.#leaf(root, x)
        for (let at = this.#yes[leaf]!; at < this.#no[leaf]!; at += 1) {
          sums[row * this.#targets + this.#target[at]!]! += this.#weight[at]!
        }
      }
    }
    return { rows, columns: this.#targets, data: sums }
  }

  #leaf(root: number, x: Tensor['data']): number {
    let node = root
    for (let feature = this.#feature[node]!; feature >= 0; feature = this.#feature[node]!) {
      const value = x[feature]!
      const holds = value <= this.#threshold[node]! || (this.#missing[node] === 1 && Number.isNaN(value))
      node = holds ? this.#yes[node]! : this.#no[node]!
    }
    return node
  }
}
