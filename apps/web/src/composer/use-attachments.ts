import { type DraftPart, type DraftParts, MAX_DRAFT_PARTS } from "@polylogue/conversation"
import { useDraftParts, usePolylogue } from "@polylogue/react"
import { useCallback, useEffect, useMemo, useRef, useState } from "react"
import { attachError, attachProblem, MAX_FILE_BYTES } from "./attach-words.ts"

/** A file that is not a part of the draft yet, or could not become one. */
export interface ReadingFile {
  readonly key: number
  readonly file: File
  /** Why it is not attached; undefined while it is being read. */
  readonly problem: string | undefined
  /** Called once it is part of the draft, and with that on the disk as the draft is. */
  readonly onAttached: (() => void) | undefined
}

/** What goes with the message being written. */
export interface Attachments {
  readonly parts: readonly DraftPart[]
  readonly drafts: DraftParts | undefined
  readonly reading: readonly ReadingFile[]
  /** Whether a file is still on its way into the draft. */
  readonly busy: boolean
  readonly attach: (files: readonly File[], onAttached?: () => void) => void
  readonly retry: (failed: ReadingFile) => void
  readonly dismiss: (key: number) => void
}

/**
 * The quotes and files of a draft, and those on their way into it: one after the other, so that one file at a time is in memory. What is attached is on the
 * device's disk, and the draft with it; what is still being read when the page goes is not.
 */
export function useAttachments(conversationId: string): Attachments {
  const { replica, workspace } = usePolylogue()
  const { parts, drafts } = useDraftParts(conversationId)
  const [reading, setReading] = useState<readonly ReadingFile[]>([])
  const queue = useRef<ReadingFile[]>([])
  const running = useRef(false)
  const count = useRef(0)
  const dismissed = useRef(new Set<number>())
  const latest = useRef(drafts)

  const run = useCallback(async () => {
    if (running.current) return
    running.current = true
    for (let next = queue.current.shift(); next !== undefined; next = queue.current.shift()) {
      const { key, file, onAttached } = next
      const wanted = (): boolean => !dismissed.current.has(key)
      try {
        await attachOne(latest.current, conversationId, file, wanted, async () => {
          const { fileAsPart } = await import("./attaching.ts")
          return fileAsPart(replica.blobs, workspace, file)
        })
        if (wanted()) onAttached?.()
        setReading((all) => all.filter((other) => other.key !== key))
      } catch (error) {
        setReading((all) => all.map((other) => (other.key === key ? { ...other, problem: attachProblem(error) } : other)))
      }
    }
    running.current = false
  }, [conversationId, replica, workspace])

  useEffect(() => {
    latest.current = drafts
    // What came before the private document had opened has waited for it.
    if (drafts !== undefined && queue.current.length > 0) void run()
  }, [drafts, run])

  const actions = useMemo(() => {
    const enqueue = (files: readonly ReadingFile[]): void => {
      queue.current.push(...files)
      if (latest.current !== undefined) void run()
    }
    return {
      attach: (files: readonly File[], onAttached?: () => void): void => {
        const added = files.map((file): ReadingFile => ({ key: count.current++, file, problem: undefined, onAttached }))
        setReading((all) => [...all, ...added])
        enqueue(added)
      },
      retry: (failed: ReadingFile): void => {
        const again = { ...failed, problem: undefined }
        setReading((all) => all.map((other) => (other.key === failed.key ? again : other)))
        enqueue([again])
      },
      dismiss: (key: number): void => {
        // It may be the one that is being read at this moment.
        dismissed.current.add(key)
        queue.current = queue.current.filter((other) => other.key !== key)
        setReading((all) => all.filter((other) => other.key !== key))
      },
    }
  }, [run])
  const busy = reading.some(({ problem }) => problem === undefined)
  return useMemo(() => ({ parts, drafts, reading, busy, ...actions }), [parts, drafts, reading, busy, actions])
}

async function attachOne(
  drafts: DraftParts | undefined,
  conversationId: string,
  file: File,
  wanted: () => boolean,
  prepare: () => Promise<DraftPart["part"]>,
): Promise<void> {
  if (drafts === undefined) throw new TypeError("the private document has not opened")
  if (file.size > MAX_FILE_BYTES) throw attachError("too-large")
  if (drafts.get(conversationId).length >= MAX_DRAFT_PARTS) throw attachError("too-many")
  const part = await prepare()
  if (wanted()) drafts.add(conversationId, part)
}
