import { EditorView } from "@codemirror/view"
import type { PromptThread } from "@polylogue/conversation"
import { PolylogueProvider } from "@polylogue/react"
import { act, useState } from "react"
import { createRoot } from "react-dom/client"
import { ToastProvider } from "../src/frame/toast.tsx"
import { CommentedEditor } from "../src/prompt-comments/commented-editor.tsx"
import { CommentsButton } from "../src/prompt-comments/comments-button.tsx"
import { MarginPanel } from "../src/frame/margin-panel.tsx"
import { PROMPT_PANELS } from "../src/prompts/prompt-panels.ts"
import { type PromptPage, promptPage } from "./prompt-editor-page.tsx"

/** A draft with its comments beside it, on a device of somebody. */
export interface CommentsPage extends Pick<PromptPage, "place" | "prompt" | "open" | "views"> {
  readonly show: (options?: { readonly mayWrite?: boolean; readonly draftId?: string; readonly versionId?: string }) => Promise<void>
  readonly threads: () => readonly PromptThread[]
  readonly end: () => Promise<void>
}

/** The comments on the prompt `p`, which has one message that says `text`. */
export async function commentsPage(name: string, text?: string): Promise<CommentsPage> {
  const page = await promptPage(name, text === undefined ? undefined : "chat")
  const { prompt, open, polylogue } = page
  if (text !== undefined) prompt.setText("main", prompt.getSlots("main")[0]?.id ?? "", text)
  const place = document.body.appendChild(document.createElement("div"))
  place.style.cssText = "display: grid; grid-template-columns: 600px 300px; height: 480px; overflow-y: auto; background: var(--surface)"
  const root = createRoot(place)
  const held = { state: "open", promptId: "p", prompt, open } as const
  const panel = PROMPT_PANELS.find(({ name: called }) => called === "comments")
  if (panel === undefined) throw new Error("there is no panel of comments")
  const Draft = ({ mayWrite, draftId, versionId }: { mayWrite: boolean; draftId: string; versionId: string | undefined }) => {
    const [shown, setShown] = useState<"quiet" | "loud">()
    return (
      <>
        <div>
          <CommentsButton held={held} draftId={draftId} onPress={() => setShown("loud")} />
          <CommentedEditor
            prompt={held}
            draftId={draftId}
            mayWrite={mayWrite}
            onShow={(quietly) => setShown((before) => before ?? (quietly ? "quiet" : "loud"))}
          />
        </div>
        {shown !== undefined && (
          <MarginPanel title={panel.title} quiet={shown === "quiet"} onClose={() => setShown(undefined)}>
            <panel.Body {...{ held, draftId, versionId, mayWrite }} onDialog={() => undefined} onClose={() => setShown(undefined)} />
          </MarginPanel>
        )}
      </>
    )
  }
  return {
    place,
    prompt,
    open,
    threads: () => prompt.getThreads("main"),
    views: () => [...place.querySelectorAll<HTMLElement>(".cm-editor")].map((element) => EditorView.findFromDOM(element)!),
    show: ({ mayWrite = true, draftId = "main", versionId } = {}) =>
      act(async () =>
        root.render(
          <PolylogueProvider polylogue={polylogue}>
            <ToastProvider>
              <Draft {...{ mayWrite, draftId, versionId }} />
            </ToastProvider>
          </PolylogueProvider>,
        ),
      ),
    end: async () => {
      await act(async () => root.unmount())
      place.remove()
      await page.end()
    },
  }
}
