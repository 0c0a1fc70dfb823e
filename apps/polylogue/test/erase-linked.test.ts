import { expect, test } from "vitest"
import { Device, filesWith } from "./devices.ts"
import { CONVERSATION, relayOn, SECRET, write } from "./erase-kit.ts"
import { addressOf, relay } from "./link-kit.ts"
import { folder, polylogue } from "./program.ts"

/** Waits until a folder holds the secret, or does not. */
async function until(data: string, holds: boolean): Promise<void> {
  await expect.poll(() => filesWith(data, SECRET).length > 0, { timeout: 20_000 }).toBe(holds)
}

test("[PL95, I10] at a relay that holds only what is used, what another has is erased, too", async () => {
  const data = folder()
  const hub = await relayOn(data, "--name", "hub")
  const device = new Device()
  const { secret } = await write(device, hub)
  await device.close()
  const edge = await relayOn(folder(), "--name", "edge", "--mirror", "none", "--peer", hub.ws)
  const run = await polylogue("erase", "--document", CONVERSATION, "--message", secret, "--yes", "--relay", edge.ws)
  expect(run).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining(`confirmed  ${edge.ws}`) as string })
  await expect.poll(() => filesWith(data, SECRET), { timeout: 20_000 }).toEqual([])
  await edge.end()
  await hub.end()
})

test("[PL23, I10] erased at one of two linked relays, it is gone from both; one that is away is named, and does it when it is back", async () => {
  const hub = await relayOn(folder(), "--name", "hub")
  const data = folder()
  const spare = await relay(["--name", "spare", "--peer", hub.ws], data)
  const device = new Device()
  const { kept, secret } = await write(device, hub)
  await device.close()
  await until(data, true)
  const erase = (message: string) => polylogue("erase", "--document", CONVERSATION, "--message", message, "--yes", "--relay", hub.ws)
  const run = await erase(secret)
  expect(run).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining(`confirmed  ${hub.ws}`) as string })
  expect(filesWith(data, SECRET)).toEqual([])
  expect(addressOf(spare)).not.toBe(hub.ws)
  spare.running.kill("SIGTERM")
  await spare.running.ended
  const half = await erase(kept)
  expect(half.code).toBe(1)
  expect(half.stdout).toBe(`confirmed  ${hub.ws}\n`)
  expect(half.stderr).toContain(`missing    spare: it is linked with ${hub.ws}, and has not said that it is done`)
  expect(half.stderr).toContain("nothing has to be called for them")
  expect(half.stderr).not.toContain("Call this again")
  expect(filesWith(data, "what stays")).not.toEqual([])
  await relay(["--name", "spare", "--peer", hub.ws], data)
  await expect.poll(() => filesWith(data, "what stays"), { timeout: 20_000 }).toEqual([])
  await hub.end()
})
