/** Our graph, as model_export/graph/compiled.py compiled it: rows of features in, probabilities out. */

import { BadModel, type Packed } from './packed.ts'
import * as on from './tensor.ts'
import type { Tensor } from './tensor.ts'
import { Trees } from './trees.ts'

const FORMAT = 2

interface Step {
  readonly op: string
  readonly in: readonly string[]
  readonly out: readonly string[]
  readonly to: 'float32' | 'float64'
  readonly columns: number
  readonly sizes: readonly number[]
  readonly indices: string
  readonly targets: number
}

interface Header {
  readonly format: number
  readonly n_features: number
  readonly steps: readonly Step[]
}

export interface Said {
  /** [rows, 3]: home, draw and away, which sum to 1 but for rounding. */
  readonly probabilities: Float32Array
  /** [rows]: three goals or more. */
  readonly over: Float32Array
}

export class Graph {
  readonly features: number
  readonly #steps: readonly Step[]
  readonly #packed: Packed
  readonly #trees: Trees
  readonly #constants = new Map<string, Tensor>()

  /** Throws BadModel for what another version compiled. */
  constructor(packed: Packed, header: unknown = packed.header) {
    const { format, n_features, steps } = header as Header
    if (format !== FORMAT) throw new BadModel(`a graph of format ${format}`)
    this.#packed = packed
    this.#steps = steps
    this.features = n_features
    const made = new Set(['vectors', ...steps.flatMap((step) => step.out)])
    for (const name of steps.flatMap((step) => step.in)) if (!made.has(name)) this.#constants.set(name, this.#constant(name))
    this.#trees = new Trees(packed, steps[0]!.targets)
  }

  /** What it says of `vectors` float32 [rows, features]. */
  run(vectors: Float32Array): Said {
    const known = new Map(this.#constants)
    known.set('vectors', { rows: vectors.length / this.features, columns: this.features, data: vectors })
    for (const step of this.#steps) {
      const inputs = step.in.map((name) => known.get(name)!)
      this.#take(step, inputs).forEach((tensor, at) => known.set(step.out[at]!, tensor))
    }
    const [probabilities, over] = ['probabilities', 'over'].map((name) => known.get(name)!.data) as [Float32Array, Float32Array]
    return { probabilities, over }
  }

  #take(step: Step, inputs: readonly Tensor[]): Tensor[] {
    const [a, b, c] = inputs
    switch (step.op) {
      case 'TreeEnsembleRegressor': return [this.#trees.sums(a!)]
      case 'Add': return [on.add(a!, b!)]
      case 'Cast': return [on.cast(a!, step.to)]
      case 'Clip': return [on.clip(a!, b!, c!)]
      case 'Concat': return [on.concat(inputs)]
      case 'Equal': return [on.equal(a!, b!)]
      case 'Gather': return [on.gather(a!, this.#packed.array(step.indices, 'int32'))]
      case 'Gemm': return [on.gemm(a!, b!, c!)]
      case 'IsNaN': return [on.isNaN(a!)]
      case 'Log': return [on.log(a!)]
      case 'LogSoftmax': return [on.logSoftmax(a!)]
      case 'Reshape': return [on.reshape(a!, step.columns)]
      case 'Sigmoid': return [on.sigmoid(a!)]
      case 'Softmax': return [on.softmax(a!)]
      case 'Split': return on.split(a!, step.sizes)
      case 'Sub': return [on.subtract(a!, b!)]
      case 'Where': return [on.where(a!, b!, c!)]
      default: throw new BadModel(`a graph with ${step.op}`)
    }
  }

  #constant(name: string): Tensor {
    const [rows = 1, columns = 1] = this.#packed.shape(name)
    return { rows, columns, data: this.#packed.floats(name) }
  }
}
