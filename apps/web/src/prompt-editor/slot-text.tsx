import { useEffect, useLayoutEffect, useMemo, useRef } from "react"
import { useDraftScope } from "./draft-scope.ts"
import { type SlotEditor, slotEditor, type SlotKeys } from "./slot-editor.ts"
import { useVariables } from "./use-draft-state.ts"

interface SlotTextProps {
  readonly slotId: string
  /** What it is called for who does not see it. */
  readonly label: string
  /** What stands there while there is no text. */
  readonly empty: string
  readonly keys: SlotKeys
}

/** The text of one slot. Its editor is made once and stays, whatever becomes of the slots around it. */
export function SlotText({ slotId, label, empty, keys }: SlotTextProps) {
  const scope = useDraftScope()
  const { prompt, draftId, open, undo, editors, mayWrite, others, extras } = scope
  const variables = useVariables(scope)
  const place = useRef<HTMLDivElement>(null)
  const editor = useRef<SlotEditor>(undefined)
  const offered = useMemo(() => Object.entries(variables).map(([name, { description }]) => ({ name, description })), [variables])
  const latest = useRef({ keys, others, offered, label, empty })
  useLayoutEffect(() => {
    latest.current = { keys, others, offered, label, empty }
  })
  useLayoutEffect(() => {
    if (place.current === null) return
    const text = prompt.slotText(draftId, slotId)
    const { awareness } = open.document
    const made = slotEditor(place.current, {
      text,
      undo,
      awareness,
      mayWrite,
      keys: () => latest.current.keys,
      more: extras?.extension(slotId) ?? [],
    })
    made.setLabel(latest.current.label, mayWrite ? latest.current.empty : "")
    made.setVariables(latest.current.offered)
    made.setOthers(latest.current.others)
    editor.current = made
    const forget = editors.add(slotId, text, made)
    return () => {
      forget()
      editor.current = undefined
      made.destroy()
    }
  }, [prompt, draftId, slotId, undo, open, mayWrite, editors, extras])
  useLayoutEffect(() => editor.current?.setLabel(label, mayWrite ? empty : ""), [label, empty, mayWrite])
  useEffect(() => editor.current?.setVariables(offered), [offered])
  useEffect(() => editor.current?.setOthers(others), [others])
  return <div ref={place} className="slot-text" />
}
