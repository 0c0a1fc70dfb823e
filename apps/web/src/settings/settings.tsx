import { type KeyboardEvent, type ReactNode, useRef } from "react"
import { Dialog } from "../frame/dialog.tsx"
import { Icon } from "../frame/icon.tsx"
import { AccessFields } from "../identity/access-fields.tsx"
import type { Identity } from "../identity/identity.ts"
import { IdentityFields } from "../identity/identity-fields.tsx"
import { MOD_NAME } from "../palette/keys.ts"
import { ShortcutsTable } from "../palette/shortcuts-sheet.tsx"
import { InstallOffer } from "../pwa/install-offer.tsx"
import { AboutSection } from "./about-section.tsx"
import { AnswersSection } from "./answers-section.tsx"
import { CONTRAST, DIRECTION, TEXT_SIZE, THEME } from "./appearance.ts"
import { Choice } from "./choice.tsx"
import { RelaysSection } from "./relays-section.tsx"
import { ENTER_KEY } from "./send-key.ts"
import { SETTINGS_SECTIONS, type SettingsSection } from "./settings-section.ts"
import { StorageSection } from "./storage-section.tsx"
import "./settings.css"

interface SettingsProps {
  readonly identity: Identity
  readonly section: SettingsSection
  readonly onSection: (section: SettingsSection) => void
  readonly onSignIn: () => void
  readonly onSyncDetails: () => void
  /** Opens the import, with which a backup is restored. */
  readonly onRestore: () => void
  readonly onClose: () => void
}

const TITLES: Readonly<Record<SettingsSection, string>> = {
  you: "You",
  appearance: "Appearance",
  writing: "Writing",
  answers: "Answers",
  storage: "Storage",
  relays: "Relays",
  keyboard: "Keyboard",
  about: "About",
}

/** The settings of this device, section by section. */
export function Settings(props: SettingsProps) {
  const { section, onSection, onClose } = props
  return (
    <Dialog label="Settings" onClose={onClose} className="settings">
      <header className="panel-head">
        <h2>Settings</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div className="settings-body">
        <Tabs section={section} onSection={onSection} />
        {/* A section may be longer than the dialog and hold nothing that takes the focus: one scrolls it by keyboard. */}
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
        <div
          key={section}
          id="settings-section"
          className="settings-section"
          role="tabpanel"
          aria-labelledby={`settings-${section}`}
          tabIndex={0}
        >
          <Section {...props} />
        </div>
      </div>
    </Dialog>
  )
}

function Tabs({ section, onSection }: Pick<SettingsProps, "section" | "onSection">) {
  const list = useRef<HTMLDivElement>(null)
  const onKeyDown = (event: KeyboardEvent): void => {
    const at = SETTINGS_SECTIONS.indexOf(section)
    const step = event.key === "ArrowDown" || event.key === "ArrowRight" ? 1 : event.key === "ArrowUp" || event.key === "ArrowLeft" ? -1 : 0
    const to = event.key === "Home" ? 0 : event.key === "End" ? -1 : (at + step) % SETTINGS_SECTIONS.length
    const next = SETTINGS_SECTIONS.at(to)
    if (next === undefined || next === section) return
    event.preventDefault()
    onSection(next)
    list.current?.querySelector<HTMLElement>(`#settings-${next}`)?.focus()
  }
  return (
    <div ref={list} className="settings-tabs" role="tablist" aria-label="Sections" tabIndex={-1} onKeyDown={onKeyDown}>
      {SETTINGS_SECTIONS.map((one) => (
        <button
          key={one}
          id={`settings-${one}`}
          type="button"
          role="tab"
          className="settings-tab"
          aria-selected={one === section}
          aria-controls="settings-section"
          tabIndex={one === section ? 0 : -1}
          onClick={() => onSection(one)}
        >
          {TITLES[one]}
        </button>
      ))}
    </div>
  )
}

function Section({ identity, section, onSignIn, onSyncDetails, onRestore }: SettingsProps): ReactNode {
  switch (section) {
    case "you":
      return (
        <>
          <IdentityFields identity={identity} />
          <p className="quiet">Kept on this device. It is a name to show, not an account.</p>
          <AccessFields onSignIn={onSignIn} />
        </>
      )
    case "appearance":
      return (
        <>
          <Choice legend="Theme" preference={THEME} names={{ system: "Like the system", light: "Light", dark: "Dark" }} />
          <Choice legend="Contrast" preference={CONTRAST} names={{ system: "Like the system", more: "High" }} />
          <Choice
            legend="Size of text"
            preference={TEXT_SIZE}
            names={{ small: "Small", normal: "Normal", large: "Large", larger: "Larger" }}
          />
          <Choice
            legend="Direction of the page"
            preference={DIRECTION}
            names={{ auto: "Like the browser", ltr: "Left to right", rtl: "Right to left" }}
            note="Each text reads its own way, whatever stands here. Motion follows the system’s setting for it."
          />
        </>
      )
    case "writing":
      return (
        <Choice
          legend="Enter in the composer"
          preference={ENTER_KEY}
          names={{ sends: "Sends the message", "new-line": `Begins a line; ${MOD_NAME} Enter sends` }}
          note="Shift Enter always begins a line. On a touch screen Enter begins a line and the button sends."
        />
      )
    case "answers":
      return <AnswersSection />
    case "storage":
      return <StorageSection onRestore={onRestore} />
    case "relays":
      return <RelaysSection />
    case "keyboard":
      return <ShortcutsTable />
    case "about":
      return (
        <>
          <AboutSection onSyncDetails={onSyncDetails} />
          <InstallOffer />
        </>
      )
  }
}
