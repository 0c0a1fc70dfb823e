import { type OpenSource, useChunking, useSourceMeta } from "@polylogue/react"
import { useMemo } from "react"
import { fileSize } from "../conversation/parts/file-words.ts"
import { UploadNote } from "../conversation/parts/upload-note.tsx"
import { useNow } from "../frame/now.ts"
import { counted, exactDate, isoDate, relativeDate } from "../frame/relative-time.ts"
import { kindWord } from "./source-words.ts"

interface SourceFactsProps {
  readonly held: OpenSource
  readonly text: string
}

/** What kind of source it is, how long, and who added it when. */
export function SourceFacts({ held, text }: SourceFactsProps) {
  const { mime, name, size, pages, addedAt, addedBy, sha256, blob } = useSourceMeta(held.source)
  const { chunking } = useChunking(held.source)
  const now = useNow()
  const words = useMemo(() => countWords(text), [text])
  const facts = [
    kindWord(mime, name),
    ...(blob ? [fileSize(size)] : []),
    ...(pages > 0 ? [counted(pages, "page")] : []),
    counted(words, "word"),
    ...(chunking === undefined ? [] : [counted(chunking.places.length, "passage")]),
  ]
  const who = addedBy.name === undefined || addedBy.name === "" ? "" : addedBy.name
  return (
    <p className="source-facts quiet">
      <span>{facts.join(" · ")}</span>
      {addedAt > 0 && (
        <span>
          Added{" "}
          {who !== "" && (
            <>
              by <bdi>{who}</bdi>{" "}
            </>
          )}
          <time dateTime={isoDate(addedAt)} title={exactDate(addedAt)}>
            {relativeDate(addedAt, Math.max(now, addedAt))}
          </time>
        </span>
      )}
      {blob && sha256 !== undefined && <UploadNote sha256={sha256} />}
    </p>
  )
}

/** Words as their script has them; of scripts without spaces, characters. */
function countWords(text: string): number {
  return text.match(WORDS)?.length ?? 0
}

const WORDS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|[\p{L}\p{N}\p{M}]+(?:['’\p{Pd}][\p{L}\p{N}\p{M}]+)*/gu
