import { mkdir, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { ServerProcess } from "./server-process.ts"
import { broadcasterWire } from "./wires/broadcaster.ts"
import { hocuspocusWire } from "./wires/hocuspocus.ts"
import { polylogueWire } from "./wires/polylogue.ts"
import type { Wire } from "./wires/wire.ts"
import { yWebsocketWire } from "./wires/y-websocket.ts"
import type { ServerName } from "./workload.ts"
import { WORKLOADS } from "./workloads/index.ts"

/* The load generator: one run of one workload on one server, in a process of its own. Its figures leave as one line of JSON. */

const WIRES: Record<ServerName, Wire> = {
  polylogue: polylogueWire,
  hocuspocus: hocuspocusWire,
  "y-websocket": yWebsocketWire,
  "bare ws": broadcasterWire,
}

/** Which run this process is to make. */
export interface RunRequest {
  readonly workload: string
  readonly server: ServerName
  readonly size: number
  readonly quick: boolean
}

const { workload: name, server, size, quick } = JSON.parse(process.argv[2]!) as RunRequest
const workload = WORKLOADS.find((each) => each.name === name)!
const data = await mkdtemp(join(tmpdir(), "polylogue-bench-"))
const started: ServerProcess[] = []
try {
  const figures = await workload.run({
    server,
    wire: WIRES[server],
    size,
    quick,
    data,
    async start({ folder = "", ...options } = {}) {
      const place = join(data, folder)
      await mkdir(place, { recursive: true })
      const process = await ServerProcess.start(server, place, options)
      started.push(process)
      return process
    },
  })
  console.log(JSON.stringify(figures))
} finally {
  for (const each of started) await (process.env["BENCH_PROFILE"] === undefined ? each.kill() : each.stop())
  await rm(data, { recursive: true, force: true })
}
process.exit()
