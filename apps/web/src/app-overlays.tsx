import type { ConversationCard } from "@polylogue/conversation"
import type { WorkspaceState } from "@polylogue/react"
import { Suspense, useCallback, useMemo, useState } from "react"
import { lazyPart } from "./frame/lazy-part.tsx"
import type { Identity } from "./identity/identity.ts"
import type { Imports } from "./import/use-import.ts"
import type { SettingsSection } from "./settings/settings-section.ts"

const AppPalette = lazyPart(() => import("./app-palette.tsx").then(({ AppPalette }) => ({ default: AppPalette })))
const ShortcutsSheet = lazyPart(() => import("./palette/shortcuts-sheet.tsx").then(({ ShortcutsSheet }) => ({ default: ShortcutsSheet })))
const Settings = lazyPart(() => import("./settings/settings.tsx").then(({ Settings }) => ({ default: Settings })))
const SearchPanel = lazyPart(() => import("./search/search-panel.tsx").then(({ SearchPanel }) => ({ default: SearchPanel })))
const SignIn = lazyPart(() => import("./identity/sign-in.tsx").then(({ SignIn }) => ({ default: SignIn })))
const ImportPanel = lazyPart(() => import("./import/import-panel.tsx").then(({ ImportPanel }) => ({ default: ImportPanel })))

/** What lies over the planes; one at a time. */
export type Overlay = "palette" | "shortcuts" | "import" | "sign-in" | { readonly settings: SettingsSection } | { readonly search: string }

/** What is open over the planes, and what opens and closes it. */
export interface Overlays {
  readonly shown: Overlay | undefined
  readonly show: (overlay: Overlay) => void
  /** Opens the palette, or closes it. */
  readonly togglePalette: () => void
  readonly close: () => void
}

/** Remembers what lies over the planes. */
export function useOverlays(): Overlays {
  const [shown, show] = useState<Overlay>()
  const close = useCallback(() => show(undefined), [])
  const togglePalette = useCallback(() => show((before) => (before === "palette" ? undefined : "palette")), [])
  return useMemo(() => ({ shown, show, togglePalette, close }), [shown, togglePalette, close])
}

interface AppOverlaysProps {
  readonly overlays: Overlays
  readonly identity: Identity
  readonly cards: readonly ConversationCard[]
  readonly workspace: WorkspaceState
  readonly conversationId: string | undefined
  readonly imports: Imports
  readonly onSyncDetails: () => void
}

/** The dialogs of the page. None of them is loaded before somebody opens it. */
export function AppOverlays({ overlays, identity, cards, workspace, conversationId, imports, onSyncDetails }: AppOverlaysProps) {
  const { shown, show, close } = overlays
  const search = useCallback((text: string) => show({ search: text }), [show])
  const closeImport = (): void => {
    close()
    imports.session?.reset()
  }
  return (
    <Suspense>
      {shown === "palette" && (
        <AppPalette cards={cards} workspace={workspace} conversationId={conversationId} onSearch={search} onClose={close} />
      )}
      {shown === "shortcuts" && <ShortcutsSheet onClose={close} />}
      {shown === "sign-in" && <SignIn onClose={close} />}
      {shown === "import" && <ImportPanel session={imports.session} onFiles={imports.start} onClose={closeImport} />}
      {typeof shown === "object" && "search" in shown && workspace.state === "open" && (
        <SearchPanel workspace={workspace} initial={shown.search} onClose={close} />
      )}
      {typeof shown === "object" && "settings" in shown && (
        <Settings
          identity={identity}
          section={shown.settings}
          onSection={(settings) => show({ settings })}
          onSignIn={() => show("sign-in")}
          onSyncDetails={() => {
            close()
            onSyncDetails()
          }}
          onRestore={() => {
            imports.open()
            show("import")
          }}
          onClose={close}
        />
      )}
    </Suspense>
  )
}
