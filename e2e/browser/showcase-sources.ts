import {
  addCitation,
  anchorText,
  type Conversation,
  Notes,
  notesDocumentId,
  recordRetrieval,
  Round,
  roundCards,
  roundDocumentId,
  Source,
  sourceCards,
  sourceDocumentId,
  type WorkspaceIndex,
} from "@polylogue/conversation"
import type { Replica } from "@polylogue/replica"
import type * as Y from "yjs"

/** Somebody at work on a device of their own. */
interface Hand {
  readonly writer: string
  readonly author: { readonly id: string; readonly kind: string; readonly name: string }
  readonly now: () => number
  readonly randomBytes: (length: number) => Uint8Array
}

/** A question and its answer, in a conversation of one segment. */
interface Asked {
  readonly conversationId: string
  readonly ydoc: Y.Doc
  readonly conversation: Conversation
  readonly question: string
  readonly answer: string
}

/** What stands beside the conversations. */
export interface ShowcaseSources {
  /** A source with a note, a highlight, and a note that has lost its words. */
  readonly source: string
  /** An open round that two people have judged, not quite alike. */
  readonly round: string
}

const PASSAGES = [
  "The small ferry runs daily at 8.40 and 16.10, from the first Monday of April on. Bicycles are taken when there is room.",
  "The big ferry starts on the 15th of May. Until then its berth is under repair.",
  "العبّارة الصغيرة تعمل كل يوم. لا حاجة إلى الحجز.",
]
const GONE = "Dogs travel in the open part of the ship."

/** Writes a timetable, what is said about it, an answer that cites it, and a round in which its passages are judged. */
export async function fillSources(
  replica: Replica,
  index: WorkspaceIndex,
  asked: Asked,
  [ana, bo]: readonly [Hand, Hand],
): Promise<ShowcaseSources> {
  const sourceId = sourceCards(index).create({ name: "Timetable of the ferries" })
  const document = await replica.open(sourceDocumentId("home", sourceId))
  const source = new Source(document.ydoc, ana)
  const text = [...PASSAGES, GONE].join("\n\n")
  const chunks = PASSAGES.map((words) => ({ start: text.indexOf(words), end: text.indexOf(words) + words.length, text: words }))
  source.begin({ meta: { title: "Timetable of the ferries", name: "timetable.txt", size: text.length }, text, chunks })
  sourceCards(index).touch(sourceId, { clock: ana.now(), snippet: PASSAGES[0] ?? "" })
  const noted = await replica.open(notesDocumentId("home", { sourceId }))
  const notes = new Notes(noted.ydoc, bo)
  const at = (words: string) => anchorText(source.text, { from: text.indexOf(words), to: text.indexOf(words) + words.length })
  const target = { kind: "source" } as const
  const question = notes.add({ target, anchor: at("the first Monday of April"), text: "Is that so this year?", kind: "note" })
  notes.reply(question, "They said so on the phone.")
  notes.add({ target, anchor: at("15th of May"), kind: "highlight" })
  notes.add({ target, anchor: at("open part of the ship"), text: "Also small ones?", kind: "note" })
  source.text.delete(text.indexOf(GONE), GONE.length)
  const places = source.getChunking()?.places ?? []
  const { conversationId, ydoc, conversation, answer } = asked
  const results = places.map(({ chunkId }, place) => ({ sourceId, chunkId, rank: place + 1, score: 3 - place, hash: chunkId }))
  const query = "Which ferry runs in the first week of May?"
  const retrievalId = recordRetrieval(ydoc, ana, { messageId: asked.question, query, config: { ranker: "bm25" }, results })
  const partId = conversation.getMessage(answer)?.parts[0]?.pid ?? ""
  const cited = { sourceId, chunkId: places[0]?.chunkId ?? "", range: { from: 0, to: 44 }, text: source.text }
  addCitation(ydoc, bo, { messageId: answer, partId, answer: { from: 0, to: 39 }, source: cited })
  const page = { url: "https://example.org/ferries", title: "Ferries of the islands" }
  addCitation(ydoc, bo, { messageId: answer, partId, answer: { from: 41, to: 71 }, source: page })
  const round = await fillRound(replica, index, { conversationId, messageId: asked.question, retrievalId, query, chunks: results }, [
    ana,
    bo,
  ])
  await Promise.all([document, noted].map((open) => open.whenDurable("stored")))
  return { source: sourceId, round }
}

async function fillRound(
  replica: Replica,
  index: WorkspaceIndex,
  item: Parameters<Round["addItems"]>[0][number],
  hands: readonly [Hand, Hand],
): Promise<string> {
  const roundId = roundCards(index).create({ name: "Ferries, first look" })
  const document = await replica.open(roundDocumentId("home", roundId))
  const roundOf = (hand: Hand): Round => new Round(document.ydoc, { ...hand, annotator: hand.author.id, roundId })
  const guideline = "A passage is **relevant** when it says when a ferry runs."
  const annotators = hands.map(({ author }) => ({ id: author.id, name: author.name }))
  roundOf(hands[0]).begin({ name: "Ferries, first look", guideline, labels: ["outdated"], annotators })
  const [itemId = ""] = roundOf(hands[0]).addItems([item, { ...item, query: "Do the ferries take bicycles?" }])
  for (const [place, hand] of hands.entries()) {
    for (const [rank, { chunkId }] of item.chunks.entries())
      roundOf(hand).judge({ itemId, chunkId }, { grade: rank === 1 ? place + 1 : 3 - rank })
  }
  await document.whenDurable("stored")
  return roundId
}
