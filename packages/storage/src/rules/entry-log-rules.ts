import { COMPACTION_RULES } from "./compaction-rules.ts"
import { FEED_RULES } from "./feed-rules.ts"
import { LOG_RULES } from "./log-rules.ts"
import { OUTBOX_RULES } from "./outbox-rules.ts"
import type { EntryLogRule } from "./rule.ts"
import { STORE_RULES } from "./store-rules.ts"

/** What every {@link EntryLog} keeps, as data: free of any test runner, to be run on every implementation. */
export const ENTRY_LOG_RULES: readonly EntryLogRule[] = [...LOG_RULES, ...COMPACTION_RULES, ...OUTBOX_RULES, ...FEED_RULES, ...STORE_RULES]
