import { useEffect } from "react"
import type { PartPageProps } from "../frame/part-page.ts"
import { PartSwitch } from "../frame/part-switch.tsx"
import "../conversation/welcome.css"

/** Judging of the workspace. */
export function JudgingPage({ status, notices, foot, margin, children }: PartPageProps) {
  useEffect(() => {
    document.title = "Judging – Polylogue"
  }, [])
  return (
    <div className="frame" data-plane="list" data-margin={margin !== undefined || undefined}>
      <nav className="list-plane" aria-label="Judging">
        <PartSwitch at="judging" />
        {foot}
      </nav>
      <main className="text-plane">
        {notices}
        <header className="text-head text-head-end">{status}</header>
        <div className="welcome">
          <div className="welcome-body">
            <h2>What people think of answers and passages</h2>
            <p>In a round several people judge the same passages and answers, each for themselves.</p>
          </div>
        </div>
      </main>
      {margin}
      {children}
    </div>
  )
}
