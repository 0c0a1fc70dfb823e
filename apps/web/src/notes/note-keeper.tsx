import type { NoteThread } from "@polylogue/conversation"
import { type OpenConversation, type OpenNotes, useNotes } from "@polylogue/react"
import { useEffect, useMemo } from "react"
import { besideOf } from "../citations/beside.ts"
import { textOfPart, wordsOfPart } from "../citations/chosen-place.ts"
import { RenderedText } from "../citations/rendered-text.ts"
import { rangeOfNote, type ShownNote, useNoteBoard } from "../noting/note-board.ts"
import { type LivingTexts, usePlacedNotes } from "../noting/use-placed-notes.ts"
import { paint } from "../search/text-ranges.ts"
import { messageBoardOf } from "./message-board.ts"
import "../noting/note-marks.css"

/** Marks follow the page so many ms after a change, for all that changes within them at once. */
const FOLLOW_MS = 80

/** Keeps the notes of a conversation at their words: where they are in the texts, and their marks on the page. Shows nothing itself. */
export function NoteKeeper({ held }: { readonly held: OpenConversation }) {
  const state = useNotes({ conversationId: held.conversationId })
  return state.state === "open" ? <Keeper held={held} open={state} /> : null
}

function Keeper({ held, open }: { readonly held: OpenConversation; readonly open: OpenNotes }) {
  const texts = useMemo(() => messageTexts(held), [held])
  usePlacedNotes(messageBoardOf(held), open, texts)
  useMarks(held)
  return null
}

/** The texts of the messages of a conversation, in its order. */
function messageTexts({ conversation }: OpenConversation): LivingTexts {
  return {
    textOf: (target) => (target.kind === "message" ? textOfPart(conversation, target.messageId, target.partId) : undefined),
    rankOf: (target) => (target.kind === "message" ? conversation.getMessage(target.messageId)?.clock : undefined) ?? Infinity,
    subscribe: (threads, listener) => {
      const stops = [...messageIdsOf(threads)].map((id) => conversation.subscribeMessage(id, listener))
      return () => stops.forEach((stop) => stop())
    },
  }
}

function messageIdsOf(threads: readonly NoteThread[]): ReadonlySet<string> {
  return new Set(threads.flatMap(({ target }) => (target.kind === "message" ? [target.messageId] : [])))
}

/** A note's words on the page. */
interface MarkedNote {
  readonly id: string
  readonly range: Range
}

function useMarks(held: OpenConversation): void {
  const board = messageBoardOf(held)
  const { notes, chosenId } = useNoteBoard(board)
  useEffect(() => {
    const shown = notes.filter((note) => rangeOfNote(note) !== undefined && (note.resolvedBy === null || note.id === chosenId))
    if (shown.length === 0) return undefined
    const scroller = document.querySelector(".message-scroller")
    let marked: readonly MarkedNote[] = []
    let timer: ReturnType<typeof setTimeout> | undefined
    const mark = (): void => {
      timer = undefined
      marked = markedNotes(held, shown)
      paint(
        "noted",
        marked.filter(({ id }) => id !== chosenId).map(({ range }) => range),
      )
      paint(
        "noted-here",
        marked.filter(({ id }) => id === chosenId).map(({ range }) => range),
      )
    }
    const observer = new MutationObserver(() => (timer ??= setTimeout(mark, FOLLOW_MS)))
    if (scroller !== null) observer.observe(scroller, { subtree: true, childList: true, characterData: true })
    const clicked = (event: MouseEvent): void => {
      const note = noteAt(marked, event)
      if (note === undefined) return
      besideOf(held.conversation).show({ kind: "notes" })
      board.ask(note.id, false)
    }
    scroller?.addEventListener("click", clicked as EventListener)
    mark()
    return () => {
      observer.disconnect()
      clearTimeout(timer)
      scroller?.removeEventListener("click", clicked as EventListener)
      paint("noted", [])
      paint("noted-here", [])
    }
  }, [held, board, notes, chosenId])
}

function markedNotes({ conversation }: OpenConversation, notes: readonly ShownNote[]): readonly MarkedNote[] {
  const rendered = new Map<string, RenderedText | undefined>()
  return notes.flatMap((note) => {
    const { target } = note.note
    const at = rangeOfNote(note)
    if (target.kind !== "message" || at === undefined) return []
    const key = `${target.messageId} ${target.partId}`
    if (!rendered.has(key)) rendered.set(key, renderedPart(conversation, target.messageId, target.partId))
    const range = rendered.get(key)?.shown(at)
    return range === undefined ? [] : [{ id: note.id, range }]
  })
}

/** A part of a message as it stands on the page; undefined for one that does not. */
function renderedPart(conversation: OpenConversation["conversation"], messageId: string, partId: string): RenderedText | undefined {
  const element = document.querySelector(`[data-message-id="${CSS.escape(messageId)}"] [data-part="${CSS.escape(partId)}"]`)
  const text = wordsOfPart(conversation, messageId, partId)
  return element === null || text === undefined ? undefined : new RenderedText(element, text)
}

/** The smallest marked note under a click that is only that: it follows no link, presses nothing and chooses no words. */
function noteAt(marked: readonly MarkedNote[], { target, clientX, clientY }: MouseEvent): MarkedNote | undefined {
  if ((target as Element).closest("a, button, summary, textarea") !== null || document.getSelection()?.isCollapsed === false)
    return undefined
  const within = ({ range }: MarkedNote): boolean =>
    [...range.getClientRects()].some(
      ({ left, right, top, bottom }) => clientX >= left && clientX <= right && clientY >= top && clientY <= bottom,
    )
  return marked.filter(within).toSorted((left, right) => left.range.toString().length - right.range.toString().length)[0]
}
