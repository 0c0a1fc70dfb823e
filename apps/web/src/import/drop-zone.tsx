import { useEffect, useState } from "react"
import { useFileReceiver } from "../composer/file-receiver.ts"
import { Icon } from "../frame/icon.tsx"
import { droppedFiles } from "./chosen-files.ts"

interface DropZoneProps {
  readonly onFiles: (files: readonly File[]) => void
  /** What dropping does. */
  readonly label?: string
}

/** Takes files dropped anywhere in the window, and says so while they hover. A conversation on screen attaches them; else they are imported. */
export function DropZone({ onFiles, label = "Drop to import" }: DropZoneProps) {
  const [over, setOver] = useState(false)
  const receiver = useFileReceiver()
  useEffect(() => {
    // Entering a child leaves its parent: only the balance tells whether the pointer is inside.
    let depth = 0
    const holdsFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") === true
    const enter = (event: DragEvent): void => {
      if (!holdsFiles(event)) return
      depth++
      setOver(true)
    }
    const leave = (event: DragEvent): void => {
      if (!holdsFiles(event)) return
      depth = Math.max(0, depth - 1)
      if (depth === 0) setOver(false)
    }
    const hover = (event: DragEvent): void => {
      if (holdsFiles(event)) event.preventDefault()
    }
    const drop = (event: DragEvent): void => {
      depth = 0
      setOver(false)
      if (!holdsFiles(event)) return
      event.preventDefault()
      const files = droppedFiles(event.dataTransfer)
      // Beneath a dialog nobody sees where they would go.
      if (receiver === undefined || document.querySelector("dialog[open]") !== null) onFiles(files)
      else receiver(files, onFiles)
    }
    window.addEventListener("dragenter", enter)
    window.addEventListener("dragleave", leave)
    window.addEventListener("dragover", hover)
    window.addEventListener("drop", drop)
    return () => {
      window.removeEventListener("dragenter", enter)
      window.removeEventListener("dragleave", leave)
      window.removeEventListener("dragover", hover)
      window.removeEventListener("drop", drop)
    }
  }, [onFiles, receiver])
  if (!over) return null
  return (
    <div className="drop-zone">
      <div className="drop-target">
        <Icon name={receiver === undefined ? "import" : "attach"} size={28} />
        <p>{receiver === undefined ? label : "Drop to attach"}</p>
      </div>
    </div>
  )
}
