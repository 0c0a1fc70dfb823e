import { expect, onTestFinished, test } from "vitest"
import { Random } from "../simulation/random.ts"
import { checkSessionGuarantees, describeViolation, type SessionEvent } from "../simulation/session-guarantees.ts"
import { LinkedRelays, RING } from "./linked-relays.ts"
import { SharedDevice, TokenTraveller, type Visit } from "./token-traveller.ts"

const DOCUMENT = "home/conv/1"
const STEPS = 60
/** Of so many steps, these have one link cut, and these all. */
const ONE_CUT = { from: 12, to: 26 }
const ALL_CUT = { from: 34, to: 48 }
/** Milliseconds and seconds that are waited when all is well: a bound, which no run comes near. */
const WELL_MS = 30_000
const WELL_S = 30

test("[EE10, I3] who goes with a token between devices and backends at three linked relays sees what they have seen and written, is told what is lacking while the relays are cut, and their answers stand behind what they answer", async () => {
  const random = new Random("sessions over links")
  const relays = await LinkedRelays.start(RING, { seed: "sessions", documents: [DOCUMENT], limits: { heartbeatMs: 2_000 } })
  onTestFinished(() => relays.close())
  const devices = await Promise.all(relays.relays.map(({ port }) => SharedDevice.open(`ws://127.0.0.1:${port}/sync`, DOCUMENT)))
  onTestFinished(async () => {
    for (const { replica } of devices) await replica.close()
  })
  const history: SessionEvent[] = []
  const travellers = ["ana", "ben", "cy"].map((name) => new TokenTraveller(name, DOCUMENT, history))
  await travellers[0]!.visit(devices[0]!, WELL_MS, 0)
  const visits: Record<Visit, number> = { shown: 0, lacking: 0, silent: 0 }
  for (let step = 1; step <= STEPS; step++) {
    for (const [index, { proxy }] of relays.links.entries()) {
      const cut = (step >= ONE_CUT.from && step < ONE_CUT.to && index === 0) || (step >= ALL_CUT.from && step < ALL_CUT.to)
      proxy.set({ cut })
    }
    const isCut = step >= ALL_CUT.from && step < ALL_CUT.to
    const at = random.between(0, devices.length - 1)
    const traveller = random.pick(travellers)
    const visit = random.chance(0.4)
      ? await traveller.ask(relays.relays[at]!.url, isCut ? 0.1 : WELL_S)
      : await traveller.visit(devices[at]!, isCut ? 100 : WELL_MS, random.chance(0.7) ? step : undefined)
    visits[visit]++
    // A ring with one link cut is whole, and so are three relays whose links are healed.
    if (!isCut) expect([step, visit]).toEqual([step, "shown"])
  }
  for (const traveller of travellers) {
    for (const [index, device] of devices.entries()) {
      expect(await traveller.visit(device, WELL_MS, undefined)).toBe("shown")
      expect(await traveller.ask(relays.relays[index]!.url, WELL_S)).toBe("shown")
    }
  }
  expect(checkSessionGuarantees(history).map(describeViolation)).toEqual([])
  expect([visits.lacking > 0, history.filter(({ kind }) => kind === "write").length > 15]).toEqual([true, true])
}, 300_000)
