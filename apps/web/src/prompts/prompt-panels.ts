import type { OpenPrompt } from "@polylogue/react"
import type { ComponentType } from "react"
import type { IconName } from "../frame/icon.tsx"
import { lazyPart } from "../frame/lazy-part.tsx"
import type { PromptDialog } from "./prompt-publishing.tsx"

/** What a panel in the margin of a prompt is given. */
export interface PromptPanelProps {
  readonly held: OpenPrompt
  /** The draft on screen, also while one of the versions is. */
  readonly draftId: string
  /** The version on screen instead of the draft, if there is one. */
  readonly versionId: string | undefined
  readonly mayWrite: boolean
  readonly onClose: () => void
  /** Opens what lies over the prompt. */
  readonly onDialog: (dialog: PromptDialog) => void
}

/** Something that the margin of a prompt can show; loaded when it is first opened. */
export interface PromptPanel {
  /** Names it among the panels. */
  readonly name: string
  /** Its heading, and its entry in the menu. */
  readonly title: string
  readonly icon: IconName
  /** Key that opens and closes it, as `shortcutOf` names keys. */
  readonly keys?: string
  /** What stands below the heading. */
  readonly Body: ComponentType<PromptPanelProps>
}

/** The panels there are, in the order in which the menu has them. A new one is added here and nowhere else. */
export const PROMPT_PANELS: readonly PromptPanel[] = [
  {
    name: "history",
    title: "History",
    icon: "restore",
    keys: "h",
    Body: lazyPart(() => import("../prompt-review/history-panel.tsx").then(({ HistoryPanel }) => ({ default: HistoryPanel }))),
  },
  {
    name: "labels",
    title: "Labels",
    icon: "tag",
    keys: "l",
    Body: lazyPart(() => import("./labels-panel.tsx").then(({ LabelsPanel }) => ({ default: LabelsPanel }))),
  },
  {
    name: "comments",
    title: "Comments",
    icon: "comment",
    keys: "m",
    Body: lazyPart(() => import("../prompt-comments/comments-panel.tsx").then(({ CommentsPanel }) => ({ default: CommentsPanel }))),
  },
  {
    name: "about",
    title: "About this prompt",
    icon: "file",
    Body: lazyPart(() => import("./about-panel.tsx").then(({ AboutPanel }) => ({ default: AboutPanel }))),
  },
]
