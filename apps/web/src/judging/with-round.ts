import { Round, roundDocumentId } from "@polylogue/conversation"
import { annotatorOf, type Polylogue } from "@polylogue/react"

/** What `use` gives of a round that is opened for it and closed after it, whatever is on screen. What it wrote is on this device's disk then. */
export async function withRound<Value>(polylogue: Polylogue, roundId: string, use: (round: Round) => Value): Promise<Value> {
  const { replica, workspace, writer, now } = polylogue
  const document = await replica.open(roundDocumentId(workspace, roundId))
  try {
    const relayNow = (): number => now() + replica.status.relayTimeOffsetMs
    const round = new Round(document.ydoc, { writer, now, relayNow, annotator: annotatorOf(polylogue), roundId })
    try {
      return use(round)
    } finally {
      round.destroy()
    }
  } finally {
    await document.close()
  }
}
