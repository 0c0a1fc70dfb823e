import type { DraftPart, NewPart } from "@polylogue/conversation"
import { useBlob, usePolylogue, useReplicaStatus, useUpload } from "@polylogue/react"
import type { ReactNode } from "react"
import { BlobImage } from "../conversation/parts/blob-image.tsx"
import { type FileFields, isPicture, readFile } from "../conversation/parts/file-fields.ts"
import { fileKind, fileSize, MISSING_WORDS, REFUSAL_WORDS } from "../conversation/parts/file-words.ts"
import { Icon } from "../frame/icon.tsx"
import { SafetyMark } from "../sync/safety-mark.tsx"
import type { Attachments, ReadingFile } from "./use-attachments.ts"
import "./draft-part-list.css"

/** Files up to this size are previewed while they wait. */
const MAX_PREVIEW_BYTES = 25_000_000

interface DraftPartListProps {
  readonly attachments: Attachments
  readonly conversationId: string
}

/** What goes with the message: quotes, then files, each with where it is and what removes it. */
export default function DraftPartList({ attachments, conversationId }: DraftPartListProps) {
  const { parts, drafts, reading, retry, dismiss } = attachments
  const remove = ({ pid }: DraftPart): void => drafts?.remove(conversationId, pid)
  const quotes = parts.filter(({ part }) => part.type === "quote")
  const files = parts.filter(({ part }) => part.type !== "quote")
  return (
    <ul className="draft-parts" aria-label="Goes with the message">
      {quotes.map((quote) => (
        <QuoteItem key={quote.pid} part={quote.part} onRemove={() => remove(quote)} />
      ))}
      {files.map((file) => (
        <FileItem key={file.pid} part={file.part} onRemove={() => remove(file)} />
      ))}
      {reading.map((file) => (
        <ReadingItem key={file.key} reading={file} onRetry={() => retry(file)} onRemove={() => dismiss(file.key)} />
      ))}
    </ul>
  )
}

function QuoteItem({ part, onRemove }: { readonly part: NewPart; readonly onRemove: () => void }) {
  const { authorName } = part
  const by = typeof authorName === "string" ? authorName : ""
  return (
    <Item wide name={by === "" ? "the quote" : `the quote of ${by}`} onRemove={onRemove}>
      <Icon name="quote" />
      <span className="draft-part-words" dir="auto">
        {by !== "" && <span className="quote-author">{by}</span>}
        <span className="draft-quote">{part.text}</span>
      </span>
    </Item>
  )
}

function FileItem({ part, onRemove }: { readonly part: NewPart; readonly onRemove: () => void }) {
  const file = readFile(part)
  const { keeps } = useReplicaStatus()
  const upload = useUpload(file.sha256)
  const refused = upload?.state === "refused"
  return (
    <Item name={file.name} onRemove={onRemove}>
      <Preview file={file} />
      <span className="draft-part-words">
        <bdi className="file-name" title={file.name}>
          {file.name}
        </bdi>
        <span className="file-facts">
          <SafetyMark safety={upload === undefined ? "stored" : "local"} keeps={keeps} />
          <span>
            {fileKind(file.mediaType, file.name)}, {fileSize(file.size ?? 0)}
            {upload !== undefined && !refused && <WaitingWords />}
          </span>
        </span>
        {refused && <Refused upload={upload} />}
      </span>
    </Item>
  )
}

function WaitingWords() {
  const { connection } = useReplicaStatus()
  return connection === "online" ? ", on its way" : ", waits for the relay"
}

function Refused({ upload }: { readonly upload: NonNullable<ReturnType<typeof useUpload>> }) {
  const { replica, workspace } = usePolylogue()
  return (
    <span className="draft-part-problem" role="status">
      {upload.refusal === undefined ? "The relay does not take it." : REFUSAL_WORDS[upload.refusal]}
      <button type="button" className="draft-part-retry" onClick={() => void replica.blobs.retry(workspace, upload.hash)}>
        Try again
      </button>
    </span>
  )
}

function Preview({ file }: { readonly file: FileFields }) {
  const shown = isPicture(file.mediaType) && (file.size ?? 0) <= MAX_PREVIEW_BYTES
  const blob = useBlob(shown ? file.sha256 : undefined)
  if (shown && blob.state === "here") {
    return <BlobImage className="draft-part-preview" bytes={blob.bytes} mediaType={file.mediaType} alt="" draggable={false} />
  }
  return (
    <span className="draft-part-preview" title={blob.state === "missing" ? MISSING_WORDS[blob.problem] : undefined}>
      <Icon name={shown ? "image" : "file"} size={20} />
    </span>
  )
}

interface ReadingItemProps {
  readonly reading: ReadingFile
  readonly onRetry: () => void
  readonly onRemove: () => void
}

function ReadingItem({ reading: { file, problem }, onRetry, onRemove }: ReadingItemProps) {
  const { name } = readFile({ name: file.name })
  return (
    <Item name={name} onRemove={onRemove}>
      <span className="draft-part-preview">
        <Icon name="file" size={20} />
      </span>
      <span className="draft-part-words">
        <bdi className="file-name">{name}</bdi>
        {problem === undefined ? (
          <span className="file-facts" role="status">
            Reading, {fileSize(file.size)}
          </span>
        ) : (
          <span className="draft-part-problem" role="alert">
            {problem}
            <button type="button" className="draft-part-retry" onClick={onRetry}>
              Try again
            </button>
          </span>
        )}
      </span>
    </Item>
  )
}

interface ItemProps {
  readonly name: string
  readonly wide?: boolean
  readonly onRemove: () => void
  readonly children: ReactNode
}

function Item({ name, wide = false, onRemove, children }: ItemProps) {
  return (
    <li className="draft-part" data-wide={wide || undefined} data-testid="draft-part">
      {children}
      <button
        type="button"
        className="icon-button"
        aria-label={`Remove ${name}`}
        title="Remove"
        onClick={() => {
          onRemove()
          document.querySelector<HTMLElement>('[data-testid="composer"]')?.focus()
        }}
      >
        <Icon name="close" size={14} />
      </button>
    </li>
  )
}
