import { addAsk, type Ask, askState, ConversationView } from "@polylogue/conversation"
import type { ReplicaDocument } from "@polylogue/replica"
import { randomBytes } from "@polylogue/replica/node"
import { afterEach } from "vitest"
import { conversationOf, Device } from "./devices.ts"
import { folder, type Running, start } from "./program.ts"

const running: Running[] = []
const devices: Device[] = []
afterEach(async () => {
  for (const device of devices.splice(0)) await device.close()
  for (const program of running.splice(0)) {
    program.kill("SIGKILL")
    await program.ended
  }
})

/** A relay with its web app, and a responder unless flags say otherwise. */
export interface Served {
  readonly url: string
  readonly data: string
  readonly program: Running
}

/** Starts one. */
export async function serve(flags: readonly string[] = [], data = folder()): Promise<Served> {
  const program = start(["serve", "--port", "0", "--data", data, "--log", "debug", ...flags])
  running.push(program)
  return { url: (await program.firstLine).slice("polylogue ready ".length), data, program }
}

/** A responder of its own, once it answers. */
export async function respond(url: string, flags: readonly string[]): Promise<Running> {
  const program = start(["respond", "--relay", url, "--log", "debug", ...flags])
  running.push(program)
  await program.firstLine
  return program
}

/** A device of somebody, closed after the test. */
export function device(): Device {
  const made = new Device()
  devices.push(made)
  return made
}

/** Somebody sends a message and asks for an answer. */
export function ask(document: ReplicaDocument, text: string): Ask {
  const messageId = conversationOf(document).send({ text, parentId: null })
  const author = { kind: "person", id: "ana", name: "Ana" }
  return addAsk(document.ydoc, { writer: "device", author, now: Date.now, randomBytes }, { messageId })
}

/** The answer as this device shows it, once it has ended. */
export async function answered(document: ReplicaDocument, asked: Ask): Promise<{ readonly phase: string; readonly text: string }> {
  const state = (): ReturnType<typeof askState> => askState(asked, new ConversationView(document.ydoc))
  const { ydoc } = document
  const hasEnded = (): boolean => ["done", "stopped", "failed"].includes(state().phase)
  if (!hasEnded())
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!hasEnded()) return
        ydoc.off("afterTransaction", look)
        resolve()
      }
      ydoc.on("afterTransaction", look)
    })
  const { phase, replyId } = state()
  return { phase, text: replyId === null ? "" : (new ConversationView(document.ydoc).getMessage(replyId)?.text ?? "") }
}
