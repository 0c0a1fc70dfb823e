import { spawnSync } from "node:child_process"
import { availableParallelism } from "node:os"

/** The load generator has the first core to itself, the server the second. */
export const LOAD_CORE = 0
export const SERVER_CORE = 1

const CAN_PIN = availableParallelism() > 1 && spawnSync("taskset", ["-V"]).error === undefined

/** `command` so that it runs on `core` only, where the machine has two and `taskset`. */
export function onCore(core: number, command: readonly string[]): string[] {
  return CAN_PIN ? ["taskset", "-c", String(core), ...command] : [...command]
}

/** Whether programs can be kept to a core. */
export function canPin(): boolean {
  return CAN_PIN
}
