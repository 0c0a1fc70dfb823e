import { type BlobState, useBlob } from "@polylogue/react"
import { useState } from "react"
import { Icon } from "../../frame/icon.tsx"
import { BlobImage } from "./blob-image.tsx"
import type { FileFields } from "./file-fields.ts"
import { MISSING_WORDS } from "./file-words.ts"
import { PictureViewer } from "./picture-viewer.tsx"
import { UploadNote } from "./upload-note.tsx"

/** The box that a picture is fitted into, in px: nothing moves when its bytes arrive. */
const MAX_WIDTH = 480
const MAX_HEIGHT = 360
const MIN_SIDE = 48
/** The box of a picture that does not say its size. */
const UNKNOWN = { width: 320, height: 240 }

interface PicturePartProps {
  readonly file: FileFields
  /** Called when the bytes are no picture that this browser can show. */
  readonly onBroken: () => void
}

/** A picture in the text; a press shows it large. */
export function PicturePart({ file, onBroken }: PicturePartProps) {
  const blob = useBlob(file.sha256)
  const [large, setLarge] = useState(false)
  const { width, height } = shownSize(file.pixels)
  return (
    <figure className="picture" data-testid="picture">
      <div className="picture-box" style={{ width: `${width}px`, aspectRatio: `${width} / ${height}` }}>
        {blob.state === "here" ? (
          <button type="button" className="picture-open" aria-label={`Show ${file.name} large`} onClick={() => setLarge(true)}>
            <BlobImage
              bytes={blob.bytes}
              mediaType={file.mediaType}
              alt={file.name}
              loading="lazy"
              decoding="async"
              draggable={false}
              onError={onBroken}
            />
          </button>
        ) : (
          <Missing blob={blob} name={file.name} />
        )}
      </div>
      <UploadNote sha256={file.sha256} />
      {large && blob.state === "here" && <PictureViewer file={file} bytes={blob.bytes} onClose={() => setLarge(false)} />}
    </figure>
  )
}

function Missing({ blob, name }: { readonly blob: BlobState; readonly name: string }) {
  if (blob.state !== "missing") return <span className="visually-hidden">{name} is on its way</span>
  return (
    <span className="picture-missing" role="status">
      <Icon name="image" size={20} />
      <bdi className="file-name">{name}</bdi>
      <span className="file-facts">{MISSING_WORDS[blob.problem]}</span>
      {blob.problem !== "erased" && (
        <button type="button" className="button" onClick={blob.retry}>
          Try now
        </button>
      )}
    </span>
  )
}

/** How large a picture stands in the text, in px: as it is, or fitted into the box; what it says of itself never breaks the page. */
export function shownSize(pixels: FileFields["pixels"]): { readonly width: number; readonly height: number } {
  if (pixels === undefined) return UNKNOWN
  const scale = Math.min(1, MAX_WIDTH / pixels.width, MAX_HEIGHT / pixels.height)
  return { width: Math.max(MIN_SIDE, Math.round(pixels.width * scale)), height: Math.max(MIN_SIDE, Math.round(pixels.height * scale)) }
}
