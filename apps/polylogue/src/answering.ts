import { mkdirSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { DEFAULT_LIMITS } from "@polylogue/protocol"
import { openReplica, type Replica } from "@polylogue/replica"
import { randomBytes } from "@polylogue/replica/node"
import {
  type Answerer,
  type ConversationShelf,
  openResponder,
  passagesAnswerer,
  type ResponderLimits,
  type SourceShelf,
  SourceShelves,
} from "@polylogue/responder"
import { type EntryLog, MemoryEntryLog, StorageError } from "@polylogue/storage"
import { LevelEntryLog } from "@polylogue/storage/level"
import { type AnsweringEvent, answeringEvent, crashOf } from "./answering-event.ts"
import { CommandError, fileReasonOf, reasonOf } from "./command-error.ts"
import type { ModelDesk, NamedOrListed } from "./model-desk.ts"
import type { ModelsAnswererOptions } from "./models-answerer.ts"
import { dialWith, systemClock } from "./system.ts"

/** Milliseconds after which a relay that was not reached is told of. */
const REACH_MS = 10_000

/** Milliseconds that models are looked for before the responder says what it offers. */
const FIRST_LOOK_MS = 3_000
/** Milliseconds for what is printed to go out. */
const GOODBYE_MS = 200
/** Milliseconds to give everything back when it is closed. */
const LEAVE_MS = 5_000
/**
 * Most milliseconds in which words of an answer are joined into one row. Each row costs every reader some 55 bytes beside its words: at 50 tokens a second that is less than the
 * words themselves from here on. People read no faster.
 */
const MERGE_MS = 300

/** What a responder is run with: plain, for it may go into a thread. */
export interface AnsweringSettings {
  /** Addresses of relays, with their path. */
  readonly relays: readonly string[]
  readonly token: string
  readonly workspaces: readonly string[]
  /** What people read of who answers. */
  readonly name: string
  /** With keys by their place. */
  readonly models: readonly NamedOrListed[]
  readonly limits: Partial<ResponderLimits>
  /** The folder in which it keeps its copy; absent: in memory. */
  readonly data?: string
}

/** A responder that runs. */
export interface Answering {
  /** Resolves once it is connected and answers. */
  readonly ready: Promise<void>
  /** Resolves with a code when the relay does not let it in. */
  readonly refused: Promise<string>
  /** Ends what it writes, gives its leases back and leaves. Idempotent. */
  close(): Promise<void>
}

/**
 * A responder with a replica of its own.
 * @param heard - told what happens, for journal and metrics.
 * @throws CommandError `failure` when its folder cannot be used.
 */
export async function openAnswering(settings: AnsweringSettings, heard: (event: AnsweringEvent) => void): Promise<Answering> {
  const { relays, token, workspaces, name, models, limits, data } = settings
  const replica = await openCopy(data, (store) =>
    openReplica({
      store,
      relays,
      dial: dialWith(DEFAULT_LIMITS.maxFrameBytes),
      clock: systemClock,
      randomBytes,
      agent: "polylogue-responder",
      token,
      keeps: data === undefined ? "tab" : "durable",
      limits: { maxMergeMs: MERGE_MS },
      fetch: (asked, request) => fetch(asked, request),
    }),
  )
  const shelves = new SourceShelves({ replica, clock: systemClock })
  const shelfOf = (workspace: string): SourceShelf => shelves.of(workspace)
  const talksOf = (workspace: string): ConversationShelf => shelves.conversationsOf(workspace)
  const desk = models.length === 0 ? undefined : await openDesk(models, heard)
  const hasModel = (): boolean => desk !== undefined && desk.models.length > 0
  // Where people have tokens, one who may read a single conversation would be told by it what stands in others.
  const modelled =
    desk === undefined ? [] : [await modelsOf({ replica, shelfOf, talksOf: token === "" ? talksOf : undefined, desk }, heard)]
  const answerers: readonly Answerer[] = [...modelled, passagesAnswerer({ shelfOf, hasModel })]
  const offered = (): ReadonlySet<string> => new Set(answerers.flatMap((answerer) => answerer.offers().map(({ id }) => id)))
  const responder = openResponder({
    replica,
    workspaces,
    answerers,
    id: responderId(),
    name,
    clock: systemClock,
    randomBytes,
    problem: () => desk?.problem ?? null,
    limits,
    events: (event) => heard(answeringEvent(event, offered())),
  })
  const connection = watchConnection(replica, heard)
  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    connection.close()
    desk?.close()
    // Who cannot be reached cannot be told: its leases end by themselves.
    const patienceMs = replica.status.connection === "online" ? LEAVE_MS : 0
    await withinMs(responder.close(), patienceMs)
    await shelves.close()
    await replica.close()
  }
  return { ready: connection.ready, refused: connection.refused, close: () => (closing ??= close()) }
}

/** Waits for `done`, for at most so many milliseconds. */
async function withinMs(done: Promise<void>, patienceMs: number): Promise<void> {
  let stop: (() => void) | undefined
  await Promise.race([done, new Promise<void>((resolve) => (stop = systemClock.setTimer(resolve, patienceMs)))])
  stop?.()
}

/** What reaches providers is large, and is there where there are models alone. */
async function openDesk(models: readonly NamedOrListed[], heard: (event: AnsweringEvent) => void): Promise<ModelDesk> {
  const { ModelDesk } = await import("./model-desk.ts")
  const desk = new ModelDesk(models, { clock: systemClock, told: (advice) => heard({ type: "model-problem", advice }) })
  // So that its first card says all. What comes later stands in the next one.
  await withinMs(desk.open(), FIRST_LOOK_MS)
  return desk
}

async function modelsOf(options: Omit<ModelsAnswererOptions, "toolFailed">, heard: (event: AnsweringEvent) => void): Promise<Answerer> {
  const { modelsAnswerer } = await import("./models-answerer.ts")
  const toolFailed = (error: unknown): void => heard({ type: "problem", where: "tool", document: undefined, crash: crashOf(error) })
  return modelsAnswerer({ ...options, toolFailed })
}

/** One of its own at each start: what an earlier run held it does not hold. */
function responderId(): string {
  return Buffer.from(randomBytes(12)).toString("base64url")
}

async function openCopy(data: string | undefined, open: (store: EntryLog) => Promise<Replica>): Promise<Replica> {
  if (data === undefined) return await open(new MemoryEntryLog())
  // Beside a relay's store there is room for it, and none of the two is taken for the other.
  const folder = join(data, "responder")
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return await open(new LevelEntryLog({ location: folder }))
  } catch (error) {
    throw new CommandError("failure", adviceFor(folder, error), { cause: error })
  }
}

function adviceFor(folder: string, error: unknown): string {
  const why = error instanceof Error && error.cause instanceof StorageError ? error.cause : error
  if (why instanceof StorageError && why.code === "locked")
    return `${folder} is in use by another process. Give this responder a folder of its own, with --data.`
  if (why instanceof StorageError && why.code === "newer")
    return `${folder} was written by a newer version of polylogue. Use that version, or another folder; nothing was changed.`
  const reason = why instanceof StorageError ? reasonOf(why) : fileReasonOf(why)
  return `The copy in ${folder} cannot be opened: ${reason}. It holds nothing that the relay has not: it may be taken away.`
}

/** Tells when the relay is reached and when no more, each once. */
function watchConnection(
  replica: Replica,
  heard: (event: AnsweringEvent) => void,
): Pick<Answering, "ready" | "refused"> & { readonly close: () => void } {
  let nowReady: () => void = () => undefined
  const ready = new Promise<void>((resolve) => (nowReady = resolve))
  let nowRefused: (code: string) => void = () => undefined
  const refused = new Promise<string>((resolve) => (nowRefused = resolve))
  let told: "online" | "offline" | undefined
  const tell = (state: "online" | "offline", code?: string): void => {
    if (state === told) return
    told = state
    heard(state === "online" ? { type: "online" } : { type: "offline", code })
  }
  const look = (): void => {
    const { connection, code } = replica.status
    if (connection === "online") {
      tell("online")
      nowReady()
    } else if (connection === "refused") {
      tell("offline", code)
      nowRefused(code ?? "refused")
    } else if (told === "online") tell("offline", code)
  }
  const stop = replica.subscribe(look)
  const cancel = systemClock.setTimer(() => {
    if (told === undefined) tell("offline", replica.status.code)
  }, REACH_MS)
  look()
  return {
    ready,
    refused,
    close() {
      stop()
      cancel()
    },
  }
}

/** Ends this process, or this thread, soon after a responder was closed that may have left questions unanswered, which would keep it. */
export function endSoon(): void {
  setTimeout(() => process.exit(), GOODBYE_MS).unref()
}
