import { Dialog } from "../../frame/dialog.tsx"
import { Icon } from "../../frame/icon.tsx"
import { BlobImage } from "./blob-image.tsx"
import type { FileFields } from "./file-fields.ts"
import { Download } from "./file-row.tsx"
import { fileSize } from "./file-words.ts"

interface PictureViewerProps {
  readonly file: FileFields
  readonly bytes: Uint8Array
  readonly onClose: () => void
}

/** One picture, as large as the window allows. */
export function PictureViewer({ file, bytes, onClose }: PictureViewerProps) {
  const { sha256, name, size, mediaType } = file
  return (
    <Dialog label={name} onClose={onClose} className="picture-viewer">
      <header className="picture-viewer-head">
        <bdi className="file-name">{name}</bdi>
        {size !== undefined && <span className="file-facts">{fileSize(size)}</span>}
        {sha256 !== undefined && <Download sha256={sha256} name={name} bytes={bytes} />}
        <button type="button" className="icon-button" aria-label="Close" title="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <BlobImage bytes={bytes} mediaType={mediaType} alt={name} />
    </Dialog>
  )
}
