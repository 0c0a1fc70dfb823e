import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { answered, ask, device, respond, serve } from "./answer-kit.ts"
import { filesWith, synced } from "./devices.ts"
import { folder, polylogue } from "./program.ts"

test("[PL102] a first start without any configuration answers: it says that no model is connected, and how to connect one", async () => {
  const { url, program, data } = await serve()
  const document = await device().open("home/conv/first", [url])
  const { phase, text } = await answered(document, ask(document, "When do trains to Quenza leave?"))
  expect(phase).toBe("done")
  expect(text).toContain("No model is connected")
  expect(text).toContain("polylogue serve --model-url")
  const metrics = await (await fetch(`${url}/metrics`)).text()
  expect(metrics).toMatch(/^polylogue_responder_up 1$/m)
  await program.logged('"event":"answer-written"')
  await synced(document)
  program.kill("SIGTERM")
  const { code, stderr } = await program.ended
  expect(code).toBe(0)
  expect(stderr).not.toContain("Quenza")
  expect(stderr).not.toContain("responder-failed")
  // The responder's copy is in memory: what people wrote is in the relay's own store and nowhere else.
  expect(filesWith(data, "Quenza").filter((path) => !path.startsWith("store/"))).toEqual([])
})

test("[PL102] asked while nothing ran, it is answered at the next start, from the sources that there are", async () => {
  const { url, data, program } = await serve(["--responder", "off"])
  const first = await device().open("home/conv/first", [url])
  const asked = ask(first, "When do trains to Quenza leave?")
  await synced(first)
  program.kill("SIGTERM")
  await program.ended
  const source = join(folder(), "trains.md")

  writeFileSync(source, "# Trains\n\nTrains to Quenza leave at seven minutes past the hour.\n")
  expect(await polylogue("source", "add", source, "--data", data)).toMatchObject({ code: 0 })
  const again = await serve([], data)
  const second = await device().open("home/conv/first", [again.url])
  const { phase, text } = await answered(second, asked)
  expect(phase).toBe("done")
  expect(text).toContain("seven minutes past the hour")
})

test("[PL103] with tokens the responder has one of its own, which is in no file and no line, and opens its workspaces alone", async () => {
  const { url, data, program } = await serve(["--auth", "token", "--workspace", "team"])
  const token = (await polylogue("token", "--data", data, "--user", "ana", "--role", "editor", "--workspace", "team,home")).stdout.trim()
  const one = device()
  const document = await one.open("team/conv/first", [url], token)
  expect((await answered(document, ask(document, "What is there?"))).phase).toBe("done")
  await program.logged('"event":"answer-written"')
  program.kill("SIGTERM")
  const { code, stderr } = await program.ended
  expect(code).toBe(0)
  expect(stderr).toContain('"principal":"@responder"')
})

test("[PL98] a responder of its own says when it answers, answers, and ends with 0 at SIGTERM", async () => {
  const { url } = await serve(["--responder", "off"])
  const program = await respond(url, ["--name", "gpu-2"])
  expect(await program.firstLine).toBe("polylogue responding gpu-2 in home")
  const document = await device().open("home/conv/first", [url])
  expect((await answered(document, ask(document, "What is there?"))).phase).toBe("done")
  program.kill("SIGTERM")
  expect(await program.ended).toMatchObject({ code: 0, stderr: expect.stringContaining('"event":"stopped"') as string })
})

test("[PL98] it waits for a relay that is not reached yet, and keeps its copy in its folder, which one at a time may use", async () => {
  const data = folder()
  const { url, data: relayData, program } = await serve(["--responder", "off"])
  const first = await device().open("home/conv/first", [url])
  const asked = ask(first, "What is there in Quenza?")
  await synced(first)
  program.kill("SIGTERM")
  await program.ended
  const waiting = respond(url, ["--data", data])
  const again = await serve(["--responder", "off", "--port", new URL(url).port], relayData)
  expect(again.url).toBe(url)
  const responder = await waiting
  expect((await answered(first, asked)).phase).toBe("done")
  expect(filesWith(data, "Quenza").every((path) => path.startsWith("responder/"))).toBe(true)
  const second = await polylogue("respond", "--relay", url, "--data", data)
  expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining("is in use by another process") as string })
  responder.kill("SIGTERM")
  expect(await responder.ended).toMatchObject({ code: 0 })
  expect(filesWith(data, "Quenza")).not.toEqual([])
})

test("[PL98] one that the relay does not let in ends with 1 and says what is lacking", async () => {
  const { url } = await serve(["--responder", "off", "--auth", "token"])
  const { code, stderr } = await polylogue("respond", "--relay", url)
  expect(code).toBe(1)
  expect(stderr.trim().split("\n").at(-1)).toContain("The relay refused the connection: unauthenticated. It asks for a token")
})

test.each([
  [[], "--relay"],
  [["--relay", "gopher://x"], "--relay is an address"],
  [["--relay", "ws://127.0.0.1:1", "--model", "x"], "--model-url"],
  [["--relay", "ws://127.0.0.1:1", "--limits", '{"answerLeaseMs": 10}'], "leaseMs"],
])("[PL98] respond %j exits with 2 and one line of why", async (flags, message) => {
  const { code, stderr } = await polylogue("respond", ...flags)
  expect(code).toBe(2)
  expect(stderr.trim().split("\n")).toEqual([expect.stringContaining(message)])
})
