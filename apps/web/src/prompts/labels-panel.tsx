import { type OpenPrompt, type PromptLabel, useDocumentStatus, useLabels, usePublishing, useWorkspace } from "@polylogue/react"
import { Suspense, useState } from "react"
import { Icon } from "../frame/icon.tsx"
import { lazyPart } from "../frame/lazy-part.tsx"
import { Menu, type MenuItem } from "../frame/menu.tsx"
import { exactDate, isDated, relativeDate } from "../frame/relative-time.ts"
import { LabelDialog, labelWishes } from "./label-dialog.tsx"
import { type LabelWish, wishItem } from "./label-words.ts"
import { promptHref } from "./prompt-route.ts"
import type { PromptPanelProps } from "./prompt-panels.ts"
import { asLabel, labelSentence, type NewsTime, versionWord } from "./publish-words.ts"
import { useNewsTime } from "./use-news-time.ts"
import { usePromptWork } from "./use-prompt-work.ts"
import "./labels-panel.css"

const PublishDialog = lazyPart(() => import("./publish-dialog.tsx").then((module) => ({ default: module.PublishDialog })))

/** What lies over the panel: a change of a label, or giving one to a version. */
type Open = { readonly kind: "publish"; readonly label?: string } | { readonly kind: "change"; readonly wish: LabelWish }

/** Which versions of a prompt others get, under which label, and how sure that is; and what changes that. */
export function LabelsPanel({ held, draftId, versionId, mayWrite }: PromptPanelProps) {
  const { promptId } = held
  const { labels, unset, numbers, known } = useLabels(promptId)
  const time = useNewsTime()
  const [open, setOpen] = useState<Open>()
  const offline = time.status.connection !== "online"
  const close = (): void => setOpen(undefined)
  return (
    <>
      {labels.length === 0 && (
        <p className="quiet">
          {known || !offline
            ? "Nothing was published yet. Publishing gives a version a label, such as production: whoever asks for that label gets that version."
            : "No relay is in reach, and this device never heard what is published."}
        </p>
      )}
      <ul className="labels">
        {labels.map((label) => (
          <Label key={label.label} {...{ held, label, time, mayWrite }} onOpen={setOpen} />
        ))}
      </ul>
      {unset.map((intent) => (
        <p key={intent.attempt} className="labels-pending">
          To be published {asLabel(intent)}.
        </p>
      ))}
      {numbers.count > 0 && (
        <p className="quiet">
          The latest version is v{numbers.count}
          {offline ? ", as far as this device has heard" : ""}.
        </p>
      )}
      {mayWrite && (
        <button type="button" className="button labels-give" onClick={() => setOpen({ kind: "publish" })}>
          Give a version a label
        </button>
      )}
      {offline && (labels.length > 0 || mayWrite) && (
        <p className="quiet">No relay is in reach. What you publish waits for one; labels are taken away and protected once it is there.</p>
      )}
      <Suspense>
        {open?.kind === "publish" && <Giving {...{ held, draftId, versionId }} label={open.label} onClose={close} />}
        {open?.kind === "change" && <LabelDialog held={held} wish={open.wish} onClose={close} />}
      </Suspense>
    </>
  )
}

interface LabelProps {
  readonly held: OpenPrompt
  readonly label: PromptLabel
  readonly time: NewsTime
  readonly mayWrite: boolean
  readonly onOpen: (open: Open) => void
}

function Label({ held, label, time, mayWrite, onOpen }: LabelProps) {
  const { label: name, versionId, number, by, setAt, pending } = label
  const { mayErase } = useDocumentStatus(held.open)
  const items: readonly MenuItem[] = [
    ...(mayWrite && !(label.protected && mayErase === false)
      ? [{ label: "Publish another version", icon: "send", run: () => onOpen({ kind: "publish", label: name }) } satisfies MenuItem]
      : []),
    ...labelWishes(label, { mayWrite, mayErase: mayErase === true }).map((kind): MenuItem => ({
      label: wishItem(kind),
      icon: kind === "remove" ? "trash" : "lock",
      danger: kind === "remove",
      run: () => onOpen({ kind: "change", wish: { kind, label } }),
    })),
  ]
  return (
    <li className="labels-item">
      <div className="labels-head">
        <h3 className="labels-name">
          <bdi>{name}</bdi>
        </h3>
        {versionId !== null && (
          <a className="labels-version" href={promptHref(held.promptId, { versionId })}>
            {versionWord(number)}
          </a>
        )}
        {items.length > 0 && <Menu label={`Actions for label ${name}`} items={items} />}
      </div>
      <p>{labelSentence(label, time)}</p>
      {versionId !== null && isDated(setAt) && (
        <p className="quiet" title={exactDate(setAt)}>
          Set {by === "" || by === "anonymous" ? "" : `by \u2068${by}\u2069, `}
          {relativeDate(setAt, Math.max(time.now, setAt))}
        </p>
      )}
      {label.protected && (
        <p className="quiet labels-protected">
          <Icon name="lock" size={12} />
          {mayErase === false ? "An owner protected it: only owners may set it. Ask one to." : "Only owners may set it."}
        </p>
      )}
      {pending !== undefined && (
        <p className="labels-pending">
          {pending.state === "waiting" ? "Your version waits to be published." : "Your version was not published."}
        </p>
      )}
    </li>
  )
}

interface GivingProps {
  readonly held: OpenPrompt
  readonly draftId: string
  readonly versionId: string | undefined
  readonly label: string | undefined
  readonly onClose: () => void
}

/** Publishing from the panel, where one also chooses which version. */
function Giving({ held, draftId, versionId, label, onClose }: GivingProps) {
  const workspace = useWorkspace()
  const { promptId } = held
  const work = usePromptWork(workspace.state === "open" ? workspace : undefined, promptId)
  const publishing = usePublishing(promptId)
  return (
    <PublishDialog
      {...{ held, draftId, versionId, publishing, onClose }}
      choosing
      label={label}
      onName={(name) => work.rename(promptId, name)}
    />
  )
}
