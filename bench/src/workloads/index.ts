import type { Workload } from "../workload.ts"
import { answered } from "./answered.ts"
import { bulkReturn } from "./bulk-return.ts"
import { deviceReturn } from "./device-return.ts"
import { fanOut } from "./fan-out.ts"
import { firstLoad } from "./first-load.ts"
import { hops } from "./hops.ts"
import { idle } from "./idle.ts"
import { kill } from "./kill.ts"
import { latency } from "./latency.ts"
import { linkIdle } from "./link-idle.ts"
import { linkReturn } from "./link-return.ts"
import { manyConversations } from "./many-conversations.ts"
import { slowReader } from "./slow-reader.ts"
import { streamedAnswer } from "./streamed-answer.ts"
import { touchedOnce } from "./touched-once.ts"

/** All workloads, in the order in which they run. */
export const WORKLOADS: readonly Workload[] = [
  fanOut,
  latency,
  manyConversations,
  firstLoad,
  bulkReturn,
  deviceReturn,
  idle,
  touchedOnce,
  slowReader,
  streamedAnswer,
  answered,
  kill,
  hops,
  linkIdle,
  linkReturn,
]
