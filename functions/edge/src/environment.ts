import type { Purges } from './purges.ts'
import type { Room } from './room.ts'

/** What wrangler.jsonc binds, and the secrets it names. */
export interface Environment {
  readonly ORIGIN: string
  /** Paths that the origin answers, all below those that end with a slash, separated by spaces; all others are the site's. */
  readonly ORIGIN_PATHS: string
  /** Those of them where a page, or an error that is not a problem document, is not the origin's own. */
  readonly DATA_PATHS: string
  /** Paths of the origin's pages beside the root, written like ORIGIN_PATHS. */
  readonly PAGE_PATHS: string
  readonly REQUESTS_PER_MINUTE: string
  readonly PAGES_PER_MINUTE: string
  /** Origins of pages elsewhere that may enter rooms, separated by spaces; those of this host always may. */
  readonly SITE_ORIGINS: string
  readonly ROOM_SILENT_SECONDS: string
  readonly ASSETS: Fetcher
  readonly ENTRIES: KVNamespace
  readonly PURGES: DurableObjectNamespace<Purges>
  readonly ROOMS: DurableObjectNamespace<Room>
  readonly EDGE_SECRET?: string
  readonly UPSTASH_REDIS_REST_URL?: string
  readonly UPSTASH_REDIS_REST_TOKEN?: string
}

/** The part of a request's context that we use: work that may outlive the response. */
export interface Background {
  waitUntil(work: Promise<unknown>): void
}

/** Lets `work` finish behind the response; a failure is one line in the log and nothing else. */
export function behind(background: Background, what: string, work: Promise<unknown>): void {
  background.waitUntil(work.catch((error: unknown) => console.warn(`${what}: ${String(error)}`)))
}
