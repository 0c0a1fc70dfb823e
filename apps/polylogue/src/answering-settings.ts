import { hostname } from "node:os"
import { MAX_WORKSPACES } from "@polylogue/responder"
import type { AnsweringSettings } from "./answering.ts"
import { responderLimits } from "./answering-limits.ts"
import { CommandError } from "./command-error.ts"
import type { Call } from "./flags.ts"
import { checkKeys, modelList } from "./model-list.ts"
import { readLimits } from "./node-limits.ts"

/** Characters of a responder's name that is the machine's. */
const MAX_NAME_LENGTH = 64

/**
 * What of the settings of a responder a call says, the same for `respond` and for one beside a relay.
 * @throws CommandError `usage`
 */
export async function answeringSettings(
  call: Call,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Omit<AnsweringSettings, "relays" | "token" | "data">> {
  const workspaces = [...new Set(call.list("workspace"))]
  if (workspaces.length === 0 || workspaces.length > MAX_WORKSPACES)
    throw new CommandError("usage", `A responder answers in 1 to ${MAX_WORKSPACES} workspaces, and --workspace names ${workspaces.length}.`)
  const models = await modelList(call, environment)
  checkKeys(models)
  return {
    name: call.flag("name") ?? hostname().slice(0, MAX_NAME_LENGTH),
    workspaces,
    models,
    limits: responderLimits(readLimits(call.flag("limits")).answers),
  }
}
