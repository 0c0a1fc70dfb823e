import { useEffect } from "react"
import type { PartPageProps } from "../frame/part-page.ts"
import { PartSwitch } from "../frame/part-switch.tsx"
import "../conversation/welcome.css"

/** Sources of the workspace. */
export function SourcesPage({ status, notices, foot, margin, children }: PartPageProps) {
  useEffect(() => {
    document.title = "Sources – Polylogue"
  }, [])
  return (
    <div className="frame" data-plane="list" data-margin={margin !== undefined || undefined}>
      <nav className="list-plane" aria-label="Sources">
        <PartSwitch at="sources" />
        {foot}
      </nav>
      <main className="text-plane">
        {notices}
        <header className="text-head text-head-end">{status}</header>
        <div className="welcome">
          <div className="welcome-body">
            <h2>What your answers rest on</h2>
            <p>Sources are texts that answers are checked against: notes, articles, manuals.</p>
          </div>
        </div>
      </main>
      {margin}
      {children}
    </div>
  )
}
