import type { ServerProcess, StartOptions } from "./server-process.ts"
import type { Wire } from "./wires/wire.ts"

/** The servers, ours first. */
export const SERVERS = ["polylogue", "hocuspocus", "y-websocket", "bare ws"] as const
export type ServerName = (typeof SERVERS)[number]

/** What one run of a workload is given. */
export interface Run {
  readonly server: ServerName
  readonly wire: Wire
  /** A number that makes the run what it is, such as how many readers. */
  readonly size: number
  /** Less of everything, to see that it works. */
  readonly quick: boolean
  /** Starts the server of this run over an empty folder, of those of a run with several servers one below `data`; it is ended after the run. */
  readonly start: (options?: StartOptions & { readonly folder?: string }) => Promise<ServerProcess>
  /** The data folder of the server. */
  readonly data: string
}

/** A figure that a workload measures. */
export interface Measure {
  readonly title: string
  readonly digits: number
  /** The relation to the reference is shown, as the median over runs that stood side by side. */
  readonly ratio?: boolean
}

/** One kind of load, put on each server in turn. */
export interface Workload {
  readonly name: string
  readonly title: string
  /** How the figures come about, for who reads the results. */
  readonly how: string
  readonly servers: readonly ServerName[]
  /** Why a server cannot be measured on this machine; it is said, and stands as a gap in the table. Default: all can. */
  readonly missing?: (server: ServerName, size: number) => string | undefined
  /** What others are compared with. */
  readonly reference: ServerName
  /** Sizes to run, one after the other, and what they count. */
  readonly sizes: { readonly title: string; readonly all: readonly number[]; readonly quick: readonly number[] }
  /** Runs of each server and size. */
  readonly repetitions: number
  readonly measures: Readonly<Record<string, Measure>>
  /** A value for each measure that makes sense for this server. */
  run(run: Run): Promise<Readonly<Record<string, number>>>
}
