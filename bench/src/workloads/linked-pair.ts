import { Pipe } from "../pipe.ts"
import type { ServerProcess } from "../server-process.ts"
import type { Run } from "../workload.ts"

/** Two relays with a link between them that can be counted and cut. */
export interface LinkedPair {
  /** Is dialled. */
  readonly hub: ServerProcess
  /** Dials. */
  readonly edge: ServerProcess
  readonly pipe: Pipe
}

/** Starts both. Rooms leave memory, and documents are no longer read over the link, after a second: what is measured is what stands when nobody has had a document open for long. */
export async function linkedPair(start: Run["start"]): Promise<LinkedPair> {
  const pipe = await Pipe.open()
  const limits = ["--limits", JSON.stringify({ roomIdleMs: 1_000, linkIdleMs: 1_000 })]
  const hub = await start({ folder: "hub", flags: limits })
  pipe.target = Number(new URL(hub.url).port)
  const edge = await start({ folder: "edge", flags: [...limits, "--peer", `${pipe.url}/sync`] })
  return { hub, edge, pipe }
}
