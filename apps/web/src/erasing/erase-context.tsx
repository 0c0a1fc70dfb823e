import { createContext, type ReactNode, Suspense, useContext, useState } from "react"
import type { EraseSubject } from "./erase-subject.ts"
import { lazyPart } from "../frame/lazy-part.tsx"

const EraseDialog = lazyPart(() => import("./erase-dialog.tsx").then(({ EraseDialog }) => ({ default: EraseDialog })))

const EraseContext = createContext<(subject: EraseSubject) => void>(() => {})

/** What asks whether something is to be erased for good, and does it. Nothing is erased by the call. */
export function useErase(): (subject: EraseSubject) => void {
  return useContext(EraseContext)
}

/** Holds the dialog on erasing for all below it. */
export function EraseProvider({ children }: { readonly children: ReactNode }) {
  const [subject, setSubject] = useState<EraseSubject>()
  return (
    <EraseContext value={setSubject}>
      {children}
      <Suspense>{subject !== undefined && <EraseDialog subject={subject} onClose={() => setSubject(undefined)} />}</Suspense>
    </EraseContext>
  )
}
