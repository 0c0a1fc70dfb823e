import { type ReactNode, Suspense, useCallback, useState } from "react"
import { looksLikeExport, useReceiveFiles } from "./file-receiver.ts"
import { lazyPart } from "../frame/lazy-part.tsx"

const ExportQuestion = lazyPart(() => import("./export-question.tsx"))

interface Question {
  readonly files: readonly File[]
  readonly importFiles: (files: readonly File[]) => void
}

/** Attaches what is dropped on the conversation; of what may be an export it asks. Returns the question, to be rendered. */
export function useDroppedFiles(attach: ((files: readonly File[]) => void) | undefined): ReactNode {
  const [question, setQuestion] = useState<Question>()
  const receive = useCallback(
    (files: readonly File[], importFiles: (files: readonly File[]) => void): void => {
      const doubtful = files.filter(looksLikeExport)
      const rest = files.filter((file) => !doubtful.includes(file))
      if (rest.length > 0) attach?.(rest)
      if (doubtful.length > 0) setQuestion({ files: doubtful, importFiles })
    },
    [attach],
  )
  useReceiveFiles(attach === undefined ? undefined : receive)
  if (question === undefined) return null
  const close = (): void => setQuestion(undefined)
  return (
    <Suspense>
      <ExportQuestion
        files={question.files}
        onClose={close}
        onImport={() => {
          close()
          question.importFiles(question.files)
        }}
        onAttach={() => {
          close()
          attach?.(question.files)
        }}
      />
    </Suspense>
  )
}
