import { expect, test } from "vitest"
import { RelayProcess } from "../relay-process.ts"
import { checkLinearizable } from "../simulation/linearizability.ts"
import { killsWanted } from "./crash-run.ts"
import { type PublishRound, PublishRun } from "./publish-run.ts"

/** Delays from kill to kill in ms: while records are stored, while numbers are given, while labels are set. */
const delayOf = (round: number): number => 30 + ((round * 7919) % 2_500)

test(
  "[SM10, I8, I12] of a hundred who publish at once, with the relay killed by -9 in between, one wins each time, and everybody's text is there",
  async () => {
    const relay = await RelayProcess.start()
    const run = new PublishRun(relay)
    const rounds: PublishRound[] = []
    try {
      await run.open()
      for (let round = 0; round < killsWanted(); round++) rounds.push(await run.round(round, delayOf(round)))
      const { published, missing } = await run.check()
      expect(rounds.map(({ winners, conflicts, others }) => ({ winners: winners.length, conflicts, others }))).toEqual(
        rounds.map(() => ({ winners: 1, conflicts: 99, others: [] })),
      )
      expect(published).toBe(rounds.at(-1)!.winners[0])
      expect(missing).toEqual([])
    } finally {
      await run.close()
      await relay.dispose()
    }
    const verdict = checkLinearizable(run.history.events)
    expect(verdict.linearizable ? "" : verdict.explanation).toBe("")
    const sum = (of: (round: PublishRound) => number): number => rounds.reduce((total, round) => total + of(round), 0)
    console.log(
      `${rounds.length} kills over ${rounds.length} x 100 publications: ${sum(({ interrupted }) => interrupted)} under way when the relay was killed, ` +
        `${sum(({ unanswered }) => unanswered)} times no answer; ${run.history.events.length} events of the label linearizable`,
    )
    expect(sum(({ interrupted }) => interrupted)).toBeGreaterThan(rounds.length)
  },
  killsWanted() * 30_000 + 30_000,
)
