import type { ImportReport } from "@polylogue/conversation"
import { useDeferredValue, useMemo, useRef, useState } from "react"
import { Virtualizer } from "virtua"
import { cardTitle } from "../conversation-list/card-text.ts"
import { downloadFile } from "../export/download.ts"
import { Icon } from "../frame/icon.tsx"
import { counted } from "../frame/relative-time.ts"
import { hrefOf } from "../frame/route.ts"
import { useToast } from "../frame/toast.tsx"
import type { ImportState } from "./import-state.ts"
import { reportText } from "./report-text.ts"

const STATUS_WORDS: Readonly<Record<ImportReport["status"], string>> = {
  imported: "Imported",
  unchanged: "Here already",
  skipped: "Skipped",
  failed: "Not imported",
}
const STATUSES = ["failed", "imported", "unchanged", "skipped"] as const

interface ImportReportListProps {
  readonly state: ImportState
  readonly onClose: () => void
}

/** What became of each thing, of one kind or of all; what was not imported comes first. Ten thousand are scrolled like ten. */
export function ImportReportList({ state, onClose }: ImportReportListProps) {
  const [chosen, setChosen] = useState<ImportReport["status"]>()
  const reports = useDeferredValue(state.reports)
  const scroller = useRef<HTMLDivElement>(null)
  const groups = useMemo(() => STATUSES.map((status) => [status, reports.filter((report) => report.status === status)] as const), [reports])
  const present = groups.filter(([, group]) => group.length > 0)
  const shown = present.flatMap(([status, group]) => (chosen === undefined || chosen === status ? group : []))
  return (
    <>
      <div className="import-filter">
        {present.length > 1 && (
          <div role="group" aria-label="Which items to show" className="import-kinds">
            <FilterButton label="All" pressed={chosen === undefined} onPress={() => setChosen(undefined)} />
            {present.map(([status]) => (
              <FilterButton
                key={status}
                label={`${STATUS_WORDS[status]} ${state.counts[status].toLocaleString("en")}`}
                pressed={chosen === status}
                onPress={() => setChosen(status)}
              />
            ))}
          </div>
        )}
        <ReportActions state={state} shown={shown} />
      </div>
      <div
        ref={scroller}
        className="import-report"
        data-testid="import-report"
        role="list"
        aria-label="What became of each item"
        // reason: what scrolls must be reached by keyboard, also where no link is in it.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
      >
        <Virtualizer scrollRef={scroller} data={shown} itemSize={56}>
          {(report, at) => <Item key={at} report={report} onClose={onClose} />}
        </Virtualizer>
        {state.unlisted > 0 && chosen === undefined && (
          <p className="import-more quiet">and {counted(state.unlisted, "more item")}, counted above</p>
        )}
      </div>
    </>
  )
}

function FilterButton({ label, pressed, onPress }: { readonly label: string; readonly pressed: boolean; readonly onPress: () => void }) {
  return (
    <button type="button" className="import-kind" aria-pressed={pressed} onClick={onPress}>
      {label}
    </button>
  )
}

function ReportActions({ state, shown }: { readonly state: ImportState; readonly shown: readonly ImportReport[] }) {
  const toast = useToast()
  const copy = (): void => {
    navigator.clipboard.writeText(reportText(state, shown)).then(
      () => toast({ text: "The report was copied." }),
      () => toast({ text: "The report could not be copied. Download it instead." }),
    )
  }
  const download = (): void => downloadFile(new Blob([reportText(state, shown)], { type: "text/plain" }), "import report.txt")
  return (
    <div className="import-report-actions">
      <button type="button" className="icon-button" aria-label="Copy the report" title="Copy the report" onClick={copy}>
        <Icon name="copy" />
      </button>
      <button type="button" className="icon-button" aria-label="Download the report" title="Download the report" onClick={download}>
        <Icon name="export" />
      </button>
    </div>
  )
}

function Item({ report, onClose }: { readonly report: ImportReport; readonly onClose: () => void }) {
  const reasons = [...(report.reason === null ? [] : [report.reason]), ...report.notices]
  return (
    <div role="listitem" className={`import-item import-item-${report.status}`} data-status={report.status}>
      <span className="import-title" dir="auto">
        {report.conversationId === null || report.status === "failed" ? (
          report.title || report.where.file
        ) : (
          <a href={hrefOf(report.conversationId)} onClick={onClose}>
            {cardTitle({ title: report.title ?? "" })}
          </a>
        )}
      </span>
      <span className="import-status">{STATUS_WORDS[report.status]}</span>
      <span className="import-where quiet">
        <bdi>{report.where.file}</bdi>
        {report.where.position === "" ? "" : `, ${report.where.position}`}
        {report.messages.imported > 0 ? `: ${counted(report.messages.imported, "message")}` : ""}
      </span>
      {reasons.map((reason) => (
        <span key={`${reason.code} ${reason.message}`} className="import-reason">
          {reason.message}
        </span>
      ))}
    </div>
  )
}
