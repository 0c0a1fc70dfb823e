import { test } from "vitest"
import { runChunk } from "./seeds.ts"

test(
  "[I1, I2, I3, I4, I5, I6, I7, I8, I9, I10, I12, SM3, SM9, SM23, SM32, SM33, SM34, SM35, SM36] seeds 876 to 1000",
  { timeout: 600_000 },
  async () => {
    await runChunk(7)
  },
)
