import type { Clock } from "@polylogue/protocol"
import type { RegisterAnswer, RegisterChange } from "@polylogue/replica"
import { openResponder, type Responder } from "@polylogue/responder"
import type { World } from "../world.ts"
import type { AnswerOptions, AnswerSabotage } from "./answer-options.ts"
import type { AnswerCounts } from "./happenings.ts"
import type { LeaseWatch } from "./lease-watch.ts"
import { Machine, type Running } from "./machine.ts"
import { ScriptedAnswerer } from "./scripted-answerer.ts"

/** A machine on which a responder runs. */
export class AnsweringMachine extends Machine {
  readonly #options: AnswerOptions
  readonly #watch: LeaseWatch
  readonly #counts: AnswerCounts
  #responder: Responder | undefined
  #session = ""

  constructor(
    world: World,
    name: string,
    urls: readonly string[],
    shared: { readonly options: AnswerOptions; readonly watch: LeaseWatch; readonly counts: AnswerCounts },
  ) {
    super(world, name, urls)
    this.#options = shared.options
    this.#watch = shared.watch
    this.#counts = shared.counts
  }

  /** Whether it writes an answer now, as far as it counts on a lease. */
  get writes(): boolean {
    return this.process !== undefined && this.#watch.holds(this.#session)
  }

  /** Ends the program as an operator does. */
  close(): void {
    const { running } = this
    const responder = this.#responder
    if (running === undefined || responder === undefined) return
    this.world.trace(`${running.session} is closed`)
    const gone = (): void => {
      if (this.process === running.process) this.kill(false)
    }
    responder
      .close()
      .then(() => running.replica.close())
      .then(gone, (error: unknown) => {
        this.world.complain("I7", `${running.session} does not close: ${String((error as Error).stack)}`)
        gone()
      })
  }

  protected async begin(running: Running): Promise<void> {
    const { session, replica, clock, random } = running
    this.#session = session
    this.#watch.watch(running)
    const { sabotage, leaseMs, heartbeatMs, maxGenerations } = this.#options
    if (sabotage !== undefined) sabotageRegisters(running, sabotage)
    const answerer = new ScriptedAnswerer(session, clock, random.fork("script"), (run) => {
      this.world.trace(`${session} begins ${run.id} of ${run.slot}`)
      this.#counts.count("answer begun")
      this.#watch.runs.set(run.id, run)
    })
    this.#responder = openResponder({
      replica,
      workspaces: [...this.world.workspaces],
      answerers: [answerer],
      id: this.name,
      name: this.name,
      clock: sabotage === "holder that counts its lease too slowly" ? tooSlow(clock) : clock,
      randomBytes: (length) => random.bytes(length),
      limits: { leaseMs, heartbeatMs, maxGenerations },
    })
  }
}

/** A holder for whom a quarter of the time passes that passes for the authority. */
function tooSlow(clock: Clock): Clock {
  const began = clock.now()
  return {
    now: () => began + Math.floor((clock.now() - began) / 4),
    monotonic: () => clock.monotonic() / 4,
    setTimer: (action, delayMs) => clock.setTimer(action, delayMs * 4),
  }
}

function sabotageRegisters({ replica: { registers } }: Running, sabotage: AnswerSabotage): void {
  const cas = registers.cas.bind(registers)
  const sabotaged = async (key: string, change: RegisterChange): Promise<RegisterAnswer> => {
    if (sabotage === "leases that never expire")
      return cas(key, { ...change, ...(change.ttlMs === undefined ? {} : { ttlMs: 86_400_000 }) })
    const answer = await cas(key, change)
    const takes = sabotage === "answers without a lease" && answer.outcome === "conflict"
    return takes ? { outcome: "ok", register: answer.register } : answer
  }
  Object.defineProperty(registers, "cas", { value: sabotaged, configurable: true })
}
