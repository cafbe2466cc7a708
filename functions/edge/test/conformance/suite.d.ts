declare module 'http-cache-tests/*' {
  export interface SuiteTest {
    id: string
    kind?: 'required' | 'optimal' | 'check'
    depends_on?: string[]
    browser_only?: boolean
  }
  export type Outcome = true | [name: string, message: string]
  type Handler = (path: string[], request: unknown, response: unknown) => void
  export function runTests(tests: unknown, fetch: unknown, isBrowser: boolean, base: string, chunk?: number): Promise<void>
  export function getResults(): Record<string, Outcome>
  const exported: Handler & { id: string; tests: SuiteTest[] }[]
  export default exported
}
declare module 'node-fetch' {
  function fetch(url: string, init: object): Promise<unknown>
  export default fetch
}
