import { expect, test } from "vitest"
import { RelayProcess } from "../relay-process.ts"
import { crashOnce, type CrashRound, killsWanted } from "./crash-run.ts"

/** Delays from kill to kill in ms: spread over the first commits, the middle of a stream, and after compaction began. */
const delayOf = (round: number): number => 20 + ((round * 7919) % 400)

test(
  "[I1] what was acknowledged or seen is there after the relay was killed with -9",
  async () => {
    const relay = await RelayProcess.start()
    const rounds: CrashRound[] = []
    try {
      for (let round = 0; round < killsWanted(); round++) rounds.push(await crashOnce(relay, round, delayOf(round)))
    } finally {
      await relay.dispose()
    }
    const sum = (of: (round: CrashRound) => number): number => rounds.reduce((total, round) => total + of(round), 0)
    console.log(
      `${rounds.length} kills: ${sum((round) => round.acknowledged)} acknowledged, ${sum((round) => round.lostAcknowledged.length)} of them lost; ` +
        `${sum((round) => round.seen)} seen by a reader, ${sum((round) => round.lostSeen.length)} of them gone`,
    )
    expect(rounds.flatMap((round) => [...round.lostAcknowledged, ...round.lostSeen])).toEqual([])
    expect(sum((round) => round.acknowledged)).toBeGreaterThan(rounds.length)
    expect(sum((round) => round.seen)).toBeGreaterThan(rounds.length)
  },
  killsWanted() * 10_000 + 30_000,
)
