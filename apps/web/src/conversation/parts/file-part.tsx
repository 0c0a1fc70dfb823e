import type { MessagePart } from "@polylogue/conversation"
import { useState } from "react"
import { type FileFields, isPicture, readFile } from "./file-fields.ts"
import { FileRow } from "./file-row.tsx"
import { PicturePart } from "./picture-part.tsx"

/** Larger pictures are not decoded until somebody asks for them. */
const MAX_SHOWN_BYTES = 25_000_000

/** An attachment: a picture where that is safe, a quiet row otherwise. */
export function FilePart({ part }: { readonly part: Pick<MessagePart, "fields"> }) {
  const [broken, setBroken] = useState(false)
  const file = readFile(part.fields)
  if (broken || !isShown(file)) return <FileRow file={file} />
  return <PicturePart file={file} onBroken={() => setBroken(true)} />
}

function isShown({ sha256, mediaType, size }: FileFields): boolean {
  return sha256 !== undefined && isPicture(mediaType) && (size ?? 0) <= MAX_SHOWN_BYTES
}
