import type { Socket } from "@polylogue/protocol"
import type { RelayStatus } from "@polylogue/replica"
import { randomBytes, systemClock } from "@polylogue/replica/browser"
import { expect, test } from "vitest"
import { socketPair } from "../../../packages/replica/test/support/memory-socket.ts"
import { checkRelay } from "../src/device/check-relay.ts"

/** Looks at what ends each connection with `code`. */
function lookAt(code: number): Promise<RelayStatus> {
  const dial = (): Socket => {
    const [near] = socketPair()
    near.open()
    near.close(code, "")
    return near
  }
  return checkRelay("ws://relay.example/sync", "ana", { dial, clock: systemClock, randomBytes })
}

test("[WB184] looking at a relay tells whether it refuses this device or is not there, once", async () => {
  expect(await lookAt(4401)).toMatchObject({ url: "ws://relay.example/sync", health: "refused", code: "unauthenticated" })
  expect(await lookAt(1006)).toMatchObject({ health: "unreachable" })
})
