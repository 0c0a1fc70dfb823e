import { type FrameOf, PROTOCOL_VERSION, type RegisterState } from "@polylogue/protocol"
import type { Permission, Principal } from "../src/index.ts"
import { openTestBed, settle, TestDevice, type TestBed } from "./test-relay.ts"

/** A label of a prompt, as the registers of these tests are called. */
export const LABEL = "home/prompt/7#label/production"

/** Who may do `permission` with every document. */
export function principal(name: string, permission: Permission | ((documentId: string) => Permission) = "erase"): Principal {
  return { name, may: typeof permission === "string" ? () => permission : permission }
}

/** A bed whose sessions last while its clock is put forward. */
export async function openRegisterBed(options: Parameters<typeof openTestBed>[0] = {}): Promise<TestBed> {
  return await openTestBed({ ...options, limits: { heartbeatMs: 2 ** 30, ...options.limits } })
}

let attempts = 0

/** An attempt that nobody made before. */
export function freshAttempt(): string {
  return (++attempts).toString(16).padStart(16, "0")
}

type Change = Partial<Omit<FrameOf<"cas">, "type" | "request" | "key">>

/** A device that asks for registers. */
export class RegisterDevice {
  readonly device: TestDevice
  #request = 0

  readonly #settle: () => Promise<void>

  /** `rest` lets what is under way come to rest. */
  constructor(bed: TestBed, who: Principal = principal("ana"), rest: () => Promise<void> = settle) {
    this.device = new TestDevice(bed.relay, {}, who)
    this.#settle = rest
  }

  static async welcomed(bed: TestBed, who?: Principal, version = PROTOCOL_VERSION, rest?: () => Promise<void>): Promise<RegisterDevice> {
    const device = new RegisterDevice(bed, who, rest)
    device.device.send({ type: "hello", version, minVersion: 2, agent: "test", token: "" })
    await settle()
    return device
  }

  /** Asks, without waiting; the number of the request. */
  askGet(key: string): number {
    this.device.send({ type: "get", request: ++this.#request, key })
    return this.#request
  }

  /** Asks, without waiting; the number of the request. */
  askCas(key: string, { expected = null, value = null, ttlMs = 0, attempt = freshAttempt(), guarded }: Change): number {
    this.device.send({
      type: "cas",
      request: ++this.#request,
      key,
      attempt,
      expected,
      value,
      ttlMs,
      ...(guarded !== undefined && { guarded }),
    })
    return this.#request
  }

  async get(key: string): Promise<FrameOf<"answer">> {
    return await this.#answered(this.askGet(key))
  }

  async cas(key: string, change: Change): Promise<FrameOf<"answer">> {
    return await this.#answered(this.askCas(key, change))
  }

  /** Sets `key` whatever it is, and returns its state. */
  async set(key: string, value: string | null, change: Change = {}): Promise<RegisterState> {
    const { register } = await this.get(key)
    const answer = await this.cas(key, { ...change, value, expected: register?.revision ?? null })
    if (answer.outcome !== "ok") throw new Error(`not set: ${JSON.stringify(answer)}`)
    return answer.register!
  }

  /** The answer to a request, if it has come. */
  answerTo(request: number): FrameOf<"answer"> | undefined {
    return this.device.of("answer").find((answer) => answer.request === request)
  }

  async observe(prefix: string, handle = 1): Promise<void> {
    this.device.send({ type: "observe", handle, prefix })
    await this.#settle()
  }

  /** What a replica would hold of the registers that were observed: those of the last list, and what changed since. */
  observed(handle = 1): Map<string, string> {
    const held = new Map<string, string>()
    for (const frame of this.device.of("observed")) {
      if (frame.handle !== handle) continue
      if (frame.anew) held.clear()
      for (const { key, value } of frame.registers) {
        if (value === null) held.delete(key)
        else held.set(key, value)
      }
    }
    return held
  }

  async #answered(request: number): Promise<FrameOf<"answer">> {
    await this.#settle()
    const answer = this.answerTo(request)
    if (answer === undefined) throw new Error(`no answer to ${request}: ${this.device.closedCode}`)
    return answer
  }
}
