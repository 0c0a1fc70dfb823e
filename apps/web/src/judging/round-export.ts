import {
  ANNOTATION_FORMATS,
  type AnnotationFormatName,
  type AnnotationLeft,
  type CollectedRound,
  collectRound,
  conversationDocumentId,
  documentsOf,
  goldKey,
  openSegments,
  readGold,
  type Round,
  roundDocumentId,
  sourceDocumentId,
  writeBeir,
  writeJudgementsCsv,
  writeQrels,
  writeRagas,
  writeRun,
  ZipWriter,
} from "@polylogue/conversation"
import type { Polylogue } from "@polylogue/react"
import type { ReplicaDocument } from "@polylogue/replica"
import { fileName } from "../export/file-name.ts"
import { roundName } from "./round-words.ts"

/** The formats in which a round can be written, with what each holds. */
export const ROUND_FORMATS = ANNOTATION_FORMATS.filter(({ name }) => name !== "webannotation" && name !== "mt-rag")

/** A file with a round, and what its format could not hold. */
export interface RoundExport {
  readonly file: Blob
  readonly name: string
  readonly left: readonly AnnotationLeft[]
}

/** Writes a round in a format: one file, or where the format takes a folder, an archive of it. Decisions are those that were last heard of. */
export async function exportRound(polylogue: Polylogue, round: Round, format: AnnotationFormatName): Promise<RoundExport> {
  const { set, left: collected } = await collect(polylogue, round, format)
  const left: AnnotationLeft[] = [...collected]
  const title = fileName(roundName(set.name))
  if (format === "beir") return { file: archive(writeBeir(set, left)), name: `${title}.zip`, left }
  const { extension, mediaType } = ROUND_FORMATS.find(({ name }) => name === format) ?? ANNOTATION_FORMATS[0]
  return { file: new Blob([...pieces(format, set, left)], { type: mediaType }), name: `${title}.${extension}`, left }
}

function pieces(format: AnnotationFormatName, set: CollectedRound["set"], left: AnnotationLeft[]): Iterable<string> {
  switch (format) {
    case "qrels":
      return writeQrels(set.grades, left)
    case "run":
      return writeRun(set.rankings, set.name, left)
    case "ragas":
      return writeRagas(set, left)
    case "ragas-turns":
      return writeRagas(set, left, { turns: "multi" })
    case "judgements-csv":
      return writeJudgementsCsv(set, left)
    default:
      throw new RangeError(`a round is not written as ${format}`)
  }
}

function archive(files: readonly { readonly path: string; readonly pieces: Iterable<string> }[]): Blob {
  const zip = new ZipWriter()
  const encoder = new TextEncoder()
  const bytes: Uint8Array<ArrayBuffer>[] = []
  for (const { path, pieces: texts } of files) {
    for (const piece of zip.member(path, encoder.encode([...texts].join("")), true)) bytes.push(new Uint8Array(piece))
  }
  for (const piece of zip.end()) bytes.push(new Uint8Array(piece))
  return new Blob(bytes, { type: "application/zip" })
}

async function collect({ replica, workspace }: Polylogue, round: Round, format: AnnotationFormatName): Promise<CollectedRound> {
  const roundDocument = roundDocumentId(workspace, round.roundId)
  // One thing is open at a time: a round may be about thousands of conversations.
  const held: ReplicaDocument[] = []
  const release = async (): Promise<void> => void (await Promise.all(held.splice(0).map((document) => document.close())))
  const open = async (id: string): Promise<ReplicaDocument> => {
    const document = await replica.open(id)
    held.push(document)
    return document
  }
  try {
    return await collectRound(
      round,
      {
        source: async (id) => {
          await release()
          return (await open(sourceDocumentId(workspace, id))).ydoc
        },
        conversation: async (id) => {
          await release()
          return documentsOf(await openSegments((segment) => open(conversationDocumentId(workspace, id, segment))))
        },
        gold: (itemId, chunkId) => readGold(replica.registers.cached(goldKey(roundDocument, itemId, chunkId))),
      },
      { judgements: format === "judgements-csv" ? "all" : "agreed", passages: format === "beir" ? "sources" : "judged" },
    )
  } finally {
    await release()
  }
}
