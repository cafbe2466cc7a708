/** What wrangler.jsonc binds, and the secret it names. */
export interface Environment {
  /** The functions' address. */
  readonly ORIGIN: string
  readonly MODELS: KVNamespace
  readonly EDGE_SECRET?: string
}
