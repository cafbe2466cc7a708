/** Arrays with a JSON header in one file, looked at where they lie: written by sabiscore/edge_model/packed.py. */

const MAGIC = 0x4d455353
const PREFIX_BYTES = 8
const ALIGNED_BYTES = 8
const KINDS = { uint8: Uint8Array, int32: Int32Array, float32: Float32Array, float64: Float64Array } as const

type Kinds = typeof KINDS
type Listed = readonly [kind: keyof Kinds, offset: number, shape: readonly number[]]

/** Bytes that are not what they should be: nothing is answered from them. */
export class BadModel extends Error {}

/** The header, and views of the bytes that it lists. */
export class Packed {
  readonly header: Record<string, unknown>
  readonly #bytes: ArrayBuffer
  readonly #listed: Record<string, Listed>
  readonly #begin: number

  /** Throws BadModel. */
  constructor(bytes: ArrayBuffer) {
    if (bytes.byteLength < PREFIX_BYTES) throw new BadModel('no packed arrays')
    const [magic, length] = new Uint32Array(bytes, 0, 2) as unknown as [number, number]
    this.#begin = PREFIX_BYTES + length
    if (magic !== MAGIC || this.#begin > bytes.byteLength || this.#begin % ALIGNED_BYTES !== 0) {
      throw new BadModel('no packed arrays')
    }
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, PREFIX_BYTES, length))) as Record<string, unknown>
    this.#listed = header.arrays as Record<string, Listed>
    this.header = header
    this.#bytes = bytes
  }

  /** Whether there is an array of that name. */
  has(name: string): boolean {
    return Object.hasOwn(this.#listed, name)
  }

  /** Its shape. Throws BadModel where there is none. */
  shape(name: string): readonly number[] {
    return this.#entry(name)[2]
  }

  /** The numbers of an array, row by row. Throws BadModel where there is none of that kind. */
  array<K extends keyof Kinds>(name: string, kind: K): InstanceType<Kinds[K]> {
    const [stored, offset, shape] = this.#entry(name)
    if (stored !== kind) throw new BadModel(`${name} is ${stored}, not ${kind}`)
    const size = shape.reduce((product, each) => product * each, 1)
    return new KINDS[kind](this.#bytes, this.#begin + offset, size) as InstanceType<Kinds[K]>
  }

  /** An array of floats of either width. */
  floats(name: string): Float32Array | Float64Array {
    return this.#entry(name)[0] === 'float32' ? this.array(name, 'float32') : this.array(name, 'float64')
  }

  #entry(name: string): Listed {
    const entry = Object.hasOwn(this.#listed, name) ? this.#listed[name] : undefined
    if (entry === undefined) throw new BadModel(`there is no ${name}`)
    return entry
  }
}
