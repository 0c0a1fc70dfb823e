import { useRef } from "react"
import { Icon } from "../frame/icon.tsx"

/** A button that chooses files to send. */
export function AttachButton({ onFiles }: { readonly onFiles: (files: readonly File[]) => void }) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <button type="button" className="icon-button" aria-label="Attach files" title="Attach files" onClick={() => input.current?.click()}>
        <Icon name="attach" />
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        data-testid="attach-input"
        onChange={({ currentTarget }) => {
          onFiles([...(currentTarget.files ?? [])])
          // The same file chosen again is chosen again.
          currentTarget.value = ""
        }}
      />
    </>
  )
}
