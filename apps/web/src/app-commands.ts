import { usePolylogue, useReplicaStatus } from "@polylogue/react"
import type { Replica } from "@polylogue/replica"
import type { Overlays } from "./app-overlays.tsx"
import { goTo } from "./frame/route.ts"
import { type Command, useCommands } from "./palette/commands.ts"
import { useInstall } from "./pwa/install-offer.tsx"
import { THEME, type Theme } from "./settings/appearance.ts"
import { usePromptCommands } from "./prompts/prompt-commands.ts"
import { usePreference } from "./settings/preference.ts"
import { setCutOff } from "./sync/cut-off.ts"

/**
 * The dialogs that keys open, asked for as soon as keys are. Keys mean nothing before these are there (or cannot be had): what is typed after them would go
 * to the page beneath.
 */
const dialogs = Promise.allSettled([
  import("./app-palette.tsx"),
  import("./palette/shortcuts-sheet.tsx"),
  import("./search/search-panel.tsx"),
  import("./settings/settings.tsx"),
])

/** {@link AppCommands}, once what its keys open is there. */
export async function appCommandsWithDialogs(): Promise<typeof AppCommands> {
  await dialogs
  return AppCommands
}

interface AppActions {
  readonly overlays: Overlays
  readonly onCreate: () => void
  readonly onImport: () => void
  readonly onSyncDetails: () => void
}

/** Offers what can be done wherever one is on the page. Shows nothing. */
function AppCommands(actions: AppActions): null {
  const { replica } = usePolylogue()
  const { cutOff } = useReplicaStatus()
  const [theme, setTheme] = usePreference(THEME)
  const install = useInstall()
  const commands: readonly Command[] = [
    ...navigationCommands(actions),
    ...usePromptCommands(),
    ...deviceCommands(actions, replica, cutOff),
    ...themeCommands(theme, setTheme),
    ...(install === undefined
      ? []
      : [{ id: "install", group: "This device", name: "Install Polylogue", icon: "install", run: install } satisfies Command]),
  ]
  // These come when they are loaded, often after those of the page.
  useCommands(commands, true)
  return null
}

function navigationCommands({ overlays, onCreate, onImport }: AppActions): readonly Command[] {
  return [
    { id: "palette", group: "Go to", name: "Find conversations and actions", icon: "search", keys: "Mod+k", run: overlays.togglePalette },
    {
      id: "search",
      group: "Go to",
      name: "Search in messages",
      icon: "search",
      keys: "Mod+Shift+f",
      words: "full text words find",
      run: () => overlays.show({ search: "" }),
    },
    { id: "sources", group: "Go to", name: "Sources", icon: "file", words: "files texts passages library", run: () => goTo("#/s") },
    { id: "judging", group: "Go to", name: "Judging", icon: "check", words: "rounds annotate agreement grades", run: () => goTo("#/j") },
    { id: "next", group: "Go to", name: "Next conversation in the list", icon: "down", keys: "j", run: focusList },
    { id: "previous", group: "Go to", name: "Conversation before it in the list", icon: "down", keys: "k", run: focusList },
    { id: "filter", group: "Go to", name: "Find in the list", icon: "search", keys: "/", run: () => focusOn("#conversation-filter") },
    {
      id: "write",
      group: "Go to",
      name: "Go to the composer",
      icon: "edit",
      keys: "c",
      words: "write message",
      run: () => focusOn(COMPOSER),
    },
    { id: "create", group: "Conversations", name: "New conversation", icon: "plus", keys: "n", words: "create chat", run: onCreate },
    { id: "import", group: "Conversations", name: "Import conversations", icon: "import", words: "file restore", run: onImport },
  ]
}

function deviceCommands({ overlays, onSyncDetails }: AppActions, replica: Replica, cutOff: boolean): readonly Command[] {
  const { show } = overlays
  return [
    {
      id: "sync",
      group: "This device",
      name: "Show where it is safe",
      icon: "check",
      keys: "s",
      words: "sync details relay status offline",
      run: onSyncDetails,
    },
    {
      id: "cut-off",
      group: "This device",
      name: cutOff ? "Connect this device again" : "Cut this device off",
      icon: "close",
      words: "offline online relay network",
      run: () => setCutOff(replica, !cutOff),
    },
    {
      id: "settings",
      group: "This device",
      name: "Settings",
      icon: "settings",
      keys: "Mod+,",
      words: "preferences name colour",
      run: () => show({ settings: "you" }),
    },
    {
      id: "storage",
      group: "This device",
      name: "Storage on this device",
      icon: "settings",
      words: "quota space attachments backup persist",
      run: () => show({ settings: "storage" }),
    },
    {
      id: "answers",
      group: "This device",
      name: "Who answers, and how to connect a model",
      icon: "settings",
      words: "model responder ai assistant ollama openai anthropic llm settings",
      run: () => show({ settings: "answers" }),
    },
    { id: "shortcuts", group: "This device", name: "Keyboard shortcuts", icon: "keyboard", keys: "?", run: () => show("shortcuts") },
  ]
}

const THEME_COMMANDS: readonly (readonly [Theme, string])[] = [
  ["light", "Use the light theme"],
  ["dark", "Use the dark theme"],
  ["system", "Use the theme of the system"],
]

function themeCommands(theme: Theme, setTheme: (theme: Theme) => void): readonly Command[] {
  return THEME_COMMANDS.filter(([one]) => one !== theme).map(([one, name]) => ({
    id: `theme-${one}`,
    group: "This device",
    name,
    icon: "theme",
    run: () => setTheme(one),
  }))
}

const COMPOSER = '[data-testid="composer"], [data-testid="first-message"]'

function focusOn(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.focus()
}

/** J and K work from anywhere: the first one goes to the list, where they are handled. */
function focusList(): void {
  const chosen = document.querySelector<HTMLElement>('.conversation-link[aria-current="page"]')
  const target = chosen ?? document.querySelector<HTMLElement>(".conversation-link")
  target?.focus()
}
