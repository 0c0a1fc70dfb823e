import type { Clock } from "@polylogue/protocol"
import { AnswerError } from "../answer.ts"
import { checkSchema, inputProblem } from "./input-schema.ts"
import { DEFAULT_TOOL_LIMITS, type Tool, type ToolDescription, type ToolLimits, type ToolResult, type ToolRun } from "./tool.ts"
import { boundedOutput, isTooDeep } from "./tool-output.ts"

/** How a toolbox is made. */
export interface ToolboxOptions {
  readonly clock: Clock
  readonly limits?: Partial<ToolLimits>
  /** Told of an error that is no AnswerError, which nobody else gets to see. It may hold anything. */
  readonly toolFailed?: (name: string, error: unknown) => void
}

/** The tools that answers may call. Nothing that a model says makes anything here throw. */
export class Toolbox {
  readonly #tools: ReadonlyMap<string, Tool>
  readonly #clock: Clock
  readonly limits: ToolLimits
  readonly #toolFailed: (name: string, error: unknown) => void

  /** @throws TypeError for two tools of one name, a name that providers do not take, or a schema that cannot be checked; RangeError for limits outside their range. */
  constructor(tools: readonly Tool[], { clock, limits = {}, toolFailed = () => undefined }: ToolboxOptions) {
    this.#clock = clock
    this.limits = { ...DEFAULT_TOOL_LIMITS, ...limits }
    if (!(this.limits.timeoutMs >= 1)) throw new RangeError("the longest run of a tool has 1 ms or more")
    if (!(this.limits.maxOutputBytes >= 256)) throw new RangeError("the largest output of a tool has 256 bytes or more")
    this.#toolFailed = toolFailed
    for (const { name, input } of tools) {
      if (!/^[\w-]{1,64}$/u.test(name)) throw new TypeError(`${JSON.stringify(name)} cannot be the name of a tool`)
      checkSchema(input)
    }
    this.#tools = new Map(tools.map((tool) => [tool.name, tool]))
    if (this.#tools.size < tools.length) throw new TypeError("two tools have the same name")
  }

  /** The tools as a model is told of them, in the order in which they were given. */
  describe(): readonly ToolDescription[] {
    return [...this.#tools.values()].map(({ name, description, input }) => ({ name, description, inputSchema: input }))
  }

  get(name: string): Tool | undefined {
    return this.#tools.get(name)
  }

  /** Why a call cannot run, in words for the model; undefined when it can. */
  problemOf(name: string, input: unknown): string | undefined {
    const tool = this.#tools.get(name)
    if (tool === undefined) return `There is no tool ${JSON.stringify(name.slice(0, 64))}.`
    if (isTooDeep(input)) return "The input nests too deeply."
    const problem = inputProblem(input, tool.input)
    return problem === undefined ? undefined : `The input does not fit: ${problem}.`
  }

  /** Whether people are asked before this call runs. */
  asks({ readsOnly, asks }: Tool, input: unknown): boolean {
    if (!readsOnly) return true
    try {
      return typeof asks === "function" ? asks(input) : asks
    } catch {
      return true
    }
  }

  /** Runs a call whose input was checked, bounded in time and in what it gives. Never rejects. */
  async run(tool: Tool, input: unknown, { signal, ...run }: ToolRun): Promise<ToolResult> {
    const { timeoutMs, maxOutputBytes } = this.limits
    const ending = new AbortController()
    let end = (): void => undefined
    // Whoever does not listen to the signal is waited for no longer all the same.
    const over = new Promise<never>((_, reject) => {
      const endWith = (why: AnswerError): void => {
        reject(why)
        ending.abort(why)
      }
      const cancel = this.#clock.setTimer(() => endWith(new AnswerError("timed-out", `It took longer than ${timeoutMs} ms.`)), timeoutMs)
      const stopped = (): void => endWith(new AnswerError("failed", "It was stopped."))
      signal.addEventListener("abort", stopped, { once: true })
      if (signal.aborted) stopped()
      end = () => {
        cancel()
        signal.removeEventListener("abort", stopped)
      }
    })
    try {
      over.catch(() => undefined)
      ending.signal.throwIfAborted()
      const output = await Promise.race([tool.run(input, { ...run, signal: ending.signal }), over])
      return { output: boundedOutput(output, maxOutputBytes) }
    } catch (error) {
      if (error instanceof AnswerError) return { failed: error.message }
      this.#toolFailed(tool.name, error)
      return { failed: "The tool broke off with an error." }
    } finally {
      end()
    }
  }
}
