import { isObject } from "../formats/json-value.ts"
import { readClock } from "../hybrid-clock.ts"
import { type MessagePrompt, readMessagePrompt } from "../message-prompt.ts"
import type { RecordReader } from "../record-key.ts"

/** How an answer is to be made; absent fields are the responder's to choose. Unknown ones are kept. */
export interface AskOptions {
  readonly temperature?: number
  /** Most tokens of the answer. */
  readonly maxOutputTokens?: number
  /** Whether the workspace's sources are searched. Default: when there are any. */
  readonly sources?: "auto" | "none"
  /** Whether tools may be called. Default: those that the responder has. */
  readonly tools?: "auto" | "none"
  readonly [option: string]: unknown
}

/** Who asked, or stopped. */
export interface AskPerson {
  readonly userId: string
  readonly userName: string | null
}

/** That somebody does not want an answer, or no more of it. It cannot be taken back: one asks again. */
export interface AskStop extends AskPerson {
  /** In ms since 1970 by that device's clock; null when it does not say. */
  readonly at: number | null
}

/**
 * That somebody wants message `messageId` answered. It stands in the conversation, so that it may be asked offline and is answered when a responder sees it.
 *
 * A *slot* is one answer among those that were asked for: its name is made of a number, one above those known, and of what is asked. So two devices that ask for the same at the same
 * moment ask for one answer, and two that ask for different things for two. Exactly one responder at a time writes the answer of a slot: see `generationKey`.
 */
export interface Ask extends AskPerson {
  readonly messageId: string
  readonly slot: string
  /** `answer`: a reply of its own. `continue`: reply `replyId` goes on in a new part. */
  readonly kind: "answer" | "continue"
  /** Of `continue` the reply that goes on; of `answer` the one that this is another version of, when it is generated again; else null. */
  readonly replyId: string | null
  /** The model, by the id under which responders offer it; null: what they choose. */
  readonly model: string | null
  /** The version of a prompt that the answer follows. */
  readonly prompt: MessagePrompt | null
  /** What its variables are filled in with. */
  readonly values: Readonly<Record<string, string>>
  readonly options: AskOptions
  readonly clock: number
  readonly createdAt: number | null
  readonly stopped: AskStop | null
  /** It came with an import: nobody here asked for it, and nobody answers it. */
  readonly imported: boolean
}

/** Segments of keys in the map of asks, `<message>/<slot>/<kind of record>/<writer>`. */
export const ASKED = "ask"
export const STOPPED = "stop"
/** Behind the writer in the key of an ask that an import brought. No name of a writer has such a character. */
export const BY_IMPORT = "~import"

/** The asks about a message, by their clocks. Of those that several devices put into one slot the earliest counts, the same everywhere. */
export function readAsks(records: RecordReader, messageId: string): readonly Ask[] {
  const asks = new Map<string, KeyedAsk>()
  const stops = new Map<string, AskStop>()
  for (const [[slot = "", kind, writer = "", ...rest], value] of records.records(messageId)) {
    if (writer === "" || rest.length > 0 || !isObject(value)) continue
    if (kind === STOPPED) {
      const stop = readStop(value)
      const known = stops.get(slot)
      if (known === undefined || (stop.at ?? 0) < (known.at ?? 0)) stops.set(slot, stop)
    } else if (kind === ASKED) {
      const ask = readAsk(messageId, slot, writer, value)
      const known = asks.get(slot)
      if (known === undefined || goesBefore({ ask, writer }, known)) asks.set(slot, { ask, writer })
    }
  }
  return Object.freeze(
    [...asks.values()]
      .map(({ ask }) => Object.freeze({ ...ask, stopped: stops.get(ask.slot) ?? null }))
      .sort((left, right) => left.clock - right.clock || (left.slot < right.slot ? -1 : 1)),
  )
}

interface KeyedAsk {
  readonly ask: Ask
  readonly writer: string
}

/** Of what stands in one slot: what was asked here goes before what an import brought, then the earlier. */
function goesBefore(left: KeyedAsk, right: KeyedAsk): boolean {
  if (left.ask.imported !== right.ask.imported) return right.ask.imported
  return left.ask.clock !== right.ask.clock ? left.ask.clock < right.ask.clock : left.writer < right.writer
}

function readAsk(messageId: string, slot: string, writer: string, value: Readonly<Record<string, unknown>>): Ask {
  const { kind, replyId, model, prompt, values, options, clock, createdAt } = value
  return {
    messageId,
    slot,
    kind: kind === "continue" ? "continue" : "answer",
    replyId: typeof replyId === "string" ? replyId : null,
    model: typeof model === "string" ? model : null,
    prompt: readMessagePrompt(prompt) ?? null,
    values: readValues(values),
    options: isObject(options) ? options : {},
    ...readPerson(value),
    clock: readClock(clock),
    createdAt: typeof createdAt === "number" ? createdAt : null,
    stopped: null,
    imported: writer.endsWith(BY_IMPORT),
  }
}

function readStop(value: Readonly<Record<string, unknown>>): AskStop {
  return Object.freeze({ ...readPerson(value), at: typeof value["at"] === "number" ? value["at"] : null })
}

function readPerson({ userId, userName }: Readonly<Record<string, unknown>>): AskPerson {
  return {
    userId: typeof userId === "string" ? userId : "unknown",
    userName: typeof userName === "string" && userName !== "" ? userName : null,
  }
}

function readValues(value: unknown): Readonly<Record<string, string>> {
  if (!isObject(value)) return {}
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"))
}
