import {
  useAnnouncePresence,
  useConversation,
  useConversationCard,
  useConversationList,
  useUserHome,
  useWatchWorkspace,
  useWorkspace,
} from "@polylogue/react"
import { type ReactNode, Suspense, useCallback, useMemo, useState } from "react"
import { AppOverlays, useOverlays } from "./app-overlays.tsx"
import { useBeginning } from "./conversation-list/use-beginning.ts"
import { useShownCardActions } from "./conversation-list/use-shown-card-actions.ts"
import { cardTitle } from "./conversation-list/card-text.ts"
import { ConversationPlane } from "./conversation/conversation-plane.tsx"
import { EraseProvider } from "./erasing/erase-context.tsx"
import { later } from "./frame/later.ts"
import { lazyPart } from "./frame/lazy-part.tsx"
import { useRoute } from "./frame/route.ts"
import { useDocumentTitle } from "./frame/use-document-title.ts"
import { usePhone } from "./frame/use-media.ts"
import { IdentityButton } from "./identity/identity-button.tsx"
import { shownName, useIdentity } from "./identity/identity.ts"
import { useImport } from "./import/use-import.ts"
import { useShortcuts } from "./palette/shortcuts.ts"
import { useLeaveWarning } from "./pwa/leave-warning.ts"
import { useKeepIndex } from "./search/keep-index.ts"
import { useSearchEvents } from "./search/search-events.ts"
import { useAppliedAppearance } from "./settings/appearance.ts"
import { LinkProvider } from "./sync/link-context.tsx"
import "./frame/frame.css"

// The text of a conversation is what one came for. The list is asked for at the same moment and comes beside it.
const listSide = import("./conversation-list/list-side.tsx")
const ListSide = lazyPart(async () => ({ default: (await listSide).ListSide }))
const ConnectionStatus = later(import("./sync/connection-status.tsx").then((module) => module.ConnectionStatus))
const AppCommands = later(import("./app-commands.ts").then((module) => module.appCommandsWithDialogs()))
const Welcome = lazyPart(() => import("./conversation/welcome.tsx").then(({ Welcome }) => ({ default: Welcome })))
const Notices = lazyPart(() => import("./frame/notices.tsx").then(({ Notices }) => ({ default: Notices })))
const DropZone = lazyPart(() => import("./import/drop-zone.tsx").then(({ DropZone }) => ({ default: DropZone })))
const ImportBanner = lazyPart(() => import("./import/import-banner.tsx").then(({ ImportBanner }) => ({ default: ImportBanner })))
const PAGES = {
  prompts: lazyPart(() => import("./prompts/prompts-page.tsx").then(({ PromptsPage }) => ({ default: PromptsPage }))),
  sources: lazyPart(() => import("./sources/sources-page.tsx").then(({ SourcesPage }) => ({ default: SourcesPage }))),
  judging: lazyPart(() => import("./judging/judging-page.tsx").then(({ JudgingPage }) => ({ default: JudgingPage }))),
}
const SyncDetails = lazyPart(() => import("./sync/sync-details.tsx").then(({ SyncDetails }) => ({ default: SyncDetails })))

/** The whole page: the list, the text, and the margin that opens when there is something to say there. */
export function App() {
  useAppliedAppearance()
  useLeaveWarning()
  useShortcuts()
  return (
    <LinkProvider>
      <EraseProvider>
        <Planes />
      </EraseProvider>
    </LinkProvider>
  )
}

function Planes() {
  const { conversationId, part } = useRoute()
  const phone = usePhone()
  const identity = useIdentity()
  const workspace = useWorkspace()
  const cards = useConversationList(workspace)
  useWatchWorkspace()
  const card = useConversationCard(workspace, conversationId)
  const conversation = useConversation(conversationId)
  const held = conversation.state === "open" ? conversation : undefined
  const overlays = useOverlays()
  const { show } = overlays
  const [details, setDetails] = useState(false)
  const imports = useImport()
  const openWorkspace = workspace.state === "open" ? workspace : undefined
  const { may, mayBegin, create } = useBeginning(openWorkspace)
  const { remove, restore, rename } = useShownCardActions(openWorkspace, conversationId, may)
  const signIn = useCallback(() => show("sign-in"), [show])
  const importFiles = useCallback(
    (files: readonly File[]) => {
      if (!mayBegin()) return
      show("import")
      imports.start(files)
    },
    [imports, mayBegin, show],
  )
  const openImport = useCallback(() => {
    if (!mayBegin()) return
    imports.open()
    show("import")
  }, [imports, mayBegin, show])
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
  useKeepIndex()
  useSearchEvents(useCallback((text) => show({ search: text }), [show]))
  useAnnouncePresence(workspace.state === "open" ? workspace.open : undefined, presence)
  useDocumentTitle(conversationId === undefined ? undefined : cardTitle(card))
  const toggleDetails = useCallback(() => setDetails((open) => !open), [])
  const status = (
    <Suspense fallback={<span className="icon-button" aria-hidden="true" />}>
      <ConnectionStatus held={held} open={details} onToggle={toggleDetails} />
    </Suspense>
  )
  const shownPlane = conversationId === undefined ? "list" : "text"
  const textShown = !phone || shownPlane === "text" || (workspace.state === "open" && cards.length === 0)
  const notices: ReactNode = (
    <Suspense>
      <Notices onSignIn={signIn} onShowKept={details ? undefined : toggleDetails} />
      {imports.session !== undefined && overlays.shown !== "import" && <ImportBanner session={imports.session} onShow={openImport} />}
    </Suspense>
  )

  const foot = <IdentityButton identity={identity} onOpen={() => show({ settings: "you" })} />
  const margin = <Suspense>{details && <SyncDetails held={held} onUseText={addToDraft} onClose={() => setDetails(false)} />}</Suspense>
  const over = (
    <>
      <Suspense>
        <AppCommands overlays={overlays} onCreate={create} onImport={openImport} onSyncDetails={toggleDetails} />
      </Suspense>
      <AppOverlays
        overlays={overlays}
        identity={identity}
        cards={cards}
        workspace={workspace}
        conversationId={conversationId}
        imports={imports}
        onSyncDetails={() => setDetails(true)}
      />
    </>
  )
  if (part !== "conversations") {
    const Page = PAGES[part]
    return (
      <Suspense>
        <Page {...{ workspace, identity, status, notices, foot }} margin={details ? margin : undefined} onSignIn={signIn}>
          {over}
        </Page>
      </Suspense>
    )
  }

  const list = (
    <Suspense fallback={<nav className="list-plane" aria-label="Conversations" />}>
      <ListSide
        workspace={workspace}
        chosenId={conversationId}
        onImport={openImport}
        status={phone ? status : undefined}
        notices={textShown ? undefined : notices}
        foot={foot}
      />
    </Suspense>
  )

  return (
    <div className="frame" data-plane={shownPlane} data-margin={details || undefined} data-empty={cards.length === 0 || undefined}>
      {(!phone || shownPlane === "list") && (textShown ? list : <main className="list-alone">{list}</main>)}
      {textShown && (
        <main className="text-plane">
          {notices}
          {conversationId === undefined || workspace.state !== "open" ? (
            <Suspense>
              <Welcome
                identity={identity}
                workspace={workspace}
                empty={cards.length === 0}
                status={phone ? undefined : status}
                mayBegin={mayBegin}
                onImport={openImport}
              />
            </Suspense>
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
      {margin}
      <Suspense>
        <DropZone onFiles={importFiles} />
      </Suspense>
      {over}
    </div>
  )
}
