import { codeName, codeNumber, decodeMessage, encodeFrames, type FrameOf } from "@polylogue/protocol"
import { RelayError } from "../errors.ts"
import type { RegisterChange } from "./attempts.ts"
import type { RegisterAnswer } from "./register.ts"

/*
 * What a relay asks another one of a register, for somebody whose permission it has checked.
 */

/** What is asked of a register, on the way to its authority. */
export interface Forward {
  readonly key: string
  /** `undefined` to read it. */
  readonly change: RegisterChange | undefined
  /** Who asks. Attempts are theirs. */
  readonly principal: string
  /** Whether they may erase in the document, and so set guarded registers, and guards. */
  readonly mayGuard: boolean
}

/** `forward` under a number of the link. */
export function forwardFrame(request: number, { key, change, principal, mayGuard }: Forward): FrameOf<"forward"> {
  const asked = encodeFrames(change === undefined ? { type: "get", request, key } : { type: "cas", request, key, ...change })
  return { type: "forward", request, principal, mayGuard, asked }
}

/** @throws RelayError `bad-frame` when it carries no question of a register; ProtocolError when it carries no frame */
export function forwardOf({ principal, mayGuard, asked }: FrameOf<"forward">): Forward {
  const [frame, ...more] = decodeMessage(asked)
  if (more.length > 0 || (frame?.type !== "get" && frame?.type !== "cas"))
    throw new RelayError("bad-frame", "what is forwarded is one get or cas")
  if (frame.type === "get") return { key: frame.key, change: undefined, principal, mayGuard }
  const { key, attempt, expected, value, ttlMs, guarded } = frame
  return { key, change: { attempt, expected, value, ttlMs, guarded }, principal, mayGuard }
}

/** `answer` under a number of the link or session; `now` is when this relay says so. */
export function answerFrame(request: number, answer: RegisterAnswer, now: number): FrameOf<"answer"> {
  return {
    type: "answer",
    request,
    outcome: answer.outcome,
    code: answer.outcome === "refused" ? codeNumber(answer.code) : 0,
    time: ("time" in answer ? answer.time : undefined) ?? Math.max(0, Math.floor(now)),
    ...("register" in answer && { register: answer.register }),
  }
}

/** What another relay answered about `key`. One that makes no sense is one of which nothing can be known. */
export function answerOf(key: string, { outcome, code, time, register }: FrameOf<"answer">): RegisterAnswer {
  if (outcome === "refused") {
    const name = codeName(code)
    return name === "forbidden" || name === "bad-key" || name === "too-large" ? { outcome, code: name } : { outcome: "unavailable" }
  }
  return outcome === "unavailable" || register?.key !== key ? { outcome: "unavailable" } : { outcome, register, time }
}
