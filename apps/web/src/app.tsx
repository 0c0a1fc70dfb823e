import {
  useAnnouncePresence,
  useConversation,
  useConversationCard,
  useConversationList,
  useUserHome,
  useWatchWorkspace,
  useWorkspace,
} from "@polylogue/react"
import { lazy, Suspense, type ReactNode, useCallback, useEffect, useMemo, useState } from "react"
import { ListPlane } from "./conversation-list/list-plane.tsx"
import { useListActions } from "./conversation-list/list-actions.ts"
import { cardTitle } from "./conversation-list/card-text.ts"
import { ConversationPlane } from "./conversation/conversation-plane.tsx"
import { Welcome } from "./conversation/welcome.tsx"
import { useRoute } from "./frame/route.ts"
import { useAppliedTheme } from "./frame/theme.ts"
import { usePhone } from "./frame/use-media.ts"
import { IdentityButton, IdentityPanel } from "./identity/identity-panel.tsx"
import { shownName, useIdentity } from "./identity/identity.ts"
import { AccessBanner, SignIn } from "./identity/sign-in.tsx"
import { DropZone } from "./import/drop-zone.tsx"
import { ImportPanel } from "./import/import-panel.tsx"
import { useImport } from "./import/use-import.ts"
import { useShortcuts } from "./palette/shortcuts.ts"
import { UpdatePrompt, useLeaveWarning } from "./pwa/update-prompt.tsx"
import { ConnectionStatus } from "./sync/connection-status.tsx"
import { KeptBanner } from "./sync/kept-banner.tsx"
import { StorageWarning } from "./sync/storage-warning.tsx"
import { SyncDetails } from "./sync/sync-details.tsx"
import { LinkProvider } from "./sync/use-sentence.tsx"
import "./frame/frame.css"

const Palette = lazy(() => import("./palette/palette.tsx").then(({ Palette }) => ({ default: Palette })))
const ShortcutsSheet = lazy(() => import("./palette/shortcuts-sheet.tsx").then(({ ShortcutsSheet }) => ({ default: ShortcutsSheet })))

type Overlay = "palette" | "shortcuts" | "import" | "identity" | "sign-in"

/** The whole page: the list, the text, and the margin that opens when there is something to say there. */
export function App() {
  useAppliedTheme()
  useLeaveWarning()
  return (
    <LinkProvider>
      <Planes />
    </LinkProvider>
  )
}

function Planes() {
  const { conversationId } = useRoute()
  const phone = usePhone()
  const identity = useIdentity()
  const workspace = useWorkspace()
  const cards = useConversationList(workspace)
  useWatchWorkspace()
  const card = useConversationCard(workspace, conversationId)
  const conversation = useConversation(conversationId)
  const held = conversation.state === "open" ? conversation : undefined
  const [overlay, setOverlay] = useState<Overlay>()
  const [details, setDetails] = useState(false)
  const imports = useImport()
  const { mayBegin, create, remove, restore, rename } = useListActions(workspace.state === "open" ? workspace : undefined, conversationId)
  const close = useCallback(() => setOverlay(undefined), [])
  const signIn = useCallback(() => setOverlay("sign-in"), [])
  const closeImport = useCallback(() => {
    setOverlay(undefined)
    imports.reset()
  }, [imports])
  const importFiles = useCallback(
    (files: readonly File[]) => {
      if (!mayBegin()) return
      setOverlay("import")
      imports.start(files)
    },
    [imports, mayBegin],
  )
  const openImport = useCallback(() => {
    if (mayBegin()) setOverlay("import")
  }, [mayBegin])
  const presence = useMemo(
    () => ({
      userId: identity.id,
      name: shownName(identity),
      colour: identity.colour,
      ...(conversationId === undefined ? {} : { conversationId }),
    }),
    [identity, conversationId],
  )
  const home = useUserHome()
  const addToDraft = (text: string): void => {
    if (conversationId === undefined || home === undefined) return
    const draft = home.getDraft(conversationId)
    home.setDraft(conversationId, draft === "" ? text : `${draft}\n\n${text}`)
  }
  useAnnouncePresence(workspace.state === "open" ? workspace.open : undefined, presence)
  useDocumentTitle(conversationId === undefined ? undefined : cardTitle(card))
  const toggleDetails = useCallback(() => setDetails((open) => !open), [])
  useShortcuts({
    "Mod+k": () => setOverlay((open) => (open === "palette" ? undefined : "palette")),
    n: create,
    s: toggleDetails,
    c: () => document.querySelector<HTMLElement>('[data-testid="composer"]')?.focus(),
    "?": () => setOverlay("shortcuts"),
    "/": () => document.querySelector<HTMLElement>("#conversation-filter")?.focus(),
    j: () => focusList(),
    k: () => focusList(),
  })
  const status = <ConnectionStatus held={held} open={details} onToggle={toggleDetails} />
  const shownPlane = conversationId === undefined ? "list" : "text"
  const textShown = !phone || shownPlane === "text" || (workspace.state === "open" && cards.length === 0)
  const notices: ReactNode = (
    <>
      <UpdatePrompt />
      <StorageWarning />
      <AccessBanner onSignIn={signIn} />
      {!details && <KeptBanner onShow={toggleDetails} />}
    </>
  )

  return (
    <div className="frame" data-plane={shownPlane} data-margin={details || undefined} data-empty={cards.length === 0 || undefined}>
      {(!phone || shownPlane === "list") && (
        <ListPlane
          workspace={workspace}
          chosenId={conversationId}
          onCreate={create}
          onImport={openImport}
          onDelete={remove}
          onRestore={restore}
          onRename={rename}
          status={phone ? status : undefined}
          notices={textShown ? undefined : notices}
          foot={<IdentityButton identity={identity} onOpen={() => setOverlay("identity")} />}
        />
      )}
      {textShown && (
        <main className="text-plane">
          {notices}
          {conversationId === undefined || workspace.state !== "open" ? (
            <Welcome
              identity={identity}
              empty={cards.length === 0}
              status={phone ? undefined : status}
              onCreate={create}
              onImport={openImport}
            />
          ) : (
            <ConversationPlane
              key={conversationId}
              state={conversation}
              workspace={workspace}
              card={card}
              identity={identity}
              status={status}
              onRename={(title) => rename(conversationId, title)}
              onDelete={() => card !== undefined && remove(card)}
              onRestore={() => card !== undefined && restore(card)}
            />
          )}
        </main>
      )}
      {details && <SyncDetails held={held} onUseText={addToDraft} onClose={() => setDetails(false)} />}
      <DropZone onFiles={importFiles} />
      <Suspense>
        {overlay === "palette" && (
          <Palette
            cards={cards}
            onClose={close}
            actions={[
              { name: "New conversation", icon: "plus", keys: "N", run: create },
              { name: "Import conversations", icon: "import", run: openImport },
              { name: "Sync details", icon: "check", keys: "S", run: toggleDetails },
              { name: "Name, colour and theme", icon: "edit", run: () => setOverlay("identity") },
              { name: "Keyboard shortcuts", icon: "keyboard", keys: "?", run: () => setOverlay("shortcuts") },
            ]}
          />
        )}
        {overlay === "shortcuts" && <ShortcutsSheet onClose={close} />}
        {overlay === "identity" && <IdentityPanel identity={identity} onSignIn={signIn} onClose={close} />}
        {overlay === "sign-in" && <SignIn onClose={close} />}
        {overlay === "import" && (
          <ImportPanel state={imports.state} onFiles={imports.start} onCancel={imports.cancel} onClose={closeImport} />
        )}
      </Suspense>
    </div>
  )
}

function useDocumentTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title === undefined ? "Polylogue" : `${title} – Polylogue`
  }, [title])
}

/** J and K work from anywhere: the first one goes to the list. */
function focusList(): void {
  const chosen = document.querySelector<HTMLElement>('.conversation-link[aria-current="page"]')
  const target = chosen ?? document.querySelector<HTMLElement>(".conversation-link")
  target?.focus()
}
