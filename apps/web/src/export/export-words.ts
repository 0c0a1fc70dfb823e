import { bytesInWords } from "../device/storage-estimate.ts"
import { counted } from "../frame/relative-time.ts"
import type { ExportState } from "./export-job.ts"
import type { LeftOut } from "./run-export.ts"

/** How an export stands, in a sentence. */
export function exportWords({ phase, done, total, bytes, message }: ExportState): string {
  switch (phase) {
    case "idle":
      return ""
    case "running":
      return total === 0 ? "Looking for what there is." : `${done.toLocaleString("en")} of ${counted(total, "conversation")} written.`
    case "done":
      return `${counted(total, "conversation")} written, ${bytesInWords(bytes)}.`
    case "cancelled":
      return "Cancelled. Nothing was written."
    case "failed":
      return `It did not work: ${message}. Nothing was changed.`
  }
}

const KINDS: Readonly<Record<LeftOut["left"][number]["code"], readonly [one: string, several: string]>> = {
  branch: ["message on another branch", "messages on other branches"],
  bytes: ["attachment", "attachments"],
  deleted: ["deleted message", "deleted messages"],
  place: ["place of a message", "places of messages"],
  part: ["part of a message", "parts of messages"],
  title: ["title", "titles"],
  time: ["time", "times"],
  author: ["author", "authors"],
  reactions: ["message’s reactions", "messages’ reactions"],
  feedback: ["message’s feedback", "messages’ feedback"],
  pin: ["pin", "pins"],
  absent: ["conversation that is not all on this device yet", "conversations that are not all on this device yet"],
}

/** What is not in the file, by kind: "3 messages on other branches". */
export function leftWords(left: readonly LeftOut[]): readonly string[] {
  const counts = new Map<keyof typeof KINDS, number>()
  for (const { code } of left.flatMap((one) => one.left)) counts.set(code, (counts.get(code) ?? 0) + 1)
  return [...counts].map(([code, count]) => counted(count, ...KINDS[code]))
}
