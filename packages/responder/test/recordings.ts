import { existsSync, readdirSync, readFileSync } from "node:fs"
import { gunzipSync } from "node:zlib"
import type { ProviderApi } from "./provider-server.ts"

const FOLDER = new URL("../../../../shared/data/streams/", import.meta.url)

/** What a provider streamed once, in answer to one request. */
export interface Recording {
  readonly name: string
  readonly api: ProviderApi
  readonly events: readonly Record<string, unknown>[]
}

/** Whether the recordings, which are no part of the project, are here. Tests over them say in their title when they skip. */
export const hasRecordings = existsSync(FOLDER)

/** All that were recorded. A file of several answers, one after the other, is one recording for each. */
export function recordings(): readonly Recording[] {
  if (!hasRecordings) return []
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(".jsonl.gz"))
    .sort()
    .flatMap((file) => {
      const lines = gunzipSync(readFileSync(new URL(file, FOLDER)))
        .toString("utf8")
        .split("\n")
      const events = lines.filter((line) => line.trim() !== "").map((line) => JSON.parse(line) as Record<string, unknown>)
      const name = file.slice(0, file.indexOf("."))
      const answers = split(events)
      return answers.map((answer, index) => ({
        name: answers.length === 1 ? name : `${name} ${index + 1}`,
        api: apiOf(answer),
        events: answer,
      }))
    })
}

function split(events: readonly Record<string, unknown>[]): Record<string, unknown>[][] {
  const answers: Record<string, unknown>[][] = []
  for (const event of events) {
    if (answers.length === 0 || event["type"] === "message_start") answers.push([])
    answers.at(-1)?.push(event)
  }
  return answers
}

function apiOf([first]: readonly Record<string, unknown>[]): ProviderApi {
  if (first?.["object"] === "chat.completion.chunk") return "chat"
  return String(first?.["type"]).startsWith("response.") ? "responses" : "anthropic"
}
