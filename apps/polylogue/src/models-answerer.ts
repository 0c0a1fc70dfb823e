import type { Replica } from "@polylogue/replica"
import { randomBytes } from "@polylogue/replica/node"
import {
  type Answerer,
  type ConversationShelf,
  contextMaker,
  modelAnswerer,
  searchConversationsTool,
  searchSourcesTool,
  type SourceShelf,
  Toolbox,
} from "@polylogue/responder"
import { answeringModels } from "@polylogue/responder/models"
import type { ModelDesk } from "./model-desk.ts"
import { systemClock } from "./system.ts"

/** What models answer with. */
export interface ModelsAnswererOptions {
  readonly replica: Replica
  /** The sources of a workspace. */
  readonly shelfOf: (workspace: string) => SourceShelf
  /** The conversations of a workspace; absent: models do not search them. */
  readonly talksOf?: ((workspace: string) => ConversationShelf) | undefined
  readonly desk: ModelDesk
  /** Told of a tool that failed in a way that it should not; the error may hold anything. */
  readonly toolFailed: (error: unknown) => void
}

/** Answers with the models that there are when a question comes; they may look into the workspace's sources, and into what else was said there. */
export function modelsAnswerer({ replica, shelfOf, talksOf, desk, toolFailed }: ModelsAnswererOptions): Answerer {
  const clock = systemClock
  const tools = [searchSourcesTool(shelfOf), ...(talksOf === undefined ? [] : [searchConversationsTool(talksOf)])]
  return modelAnswerer({
    models: () => answeringModels(desk.models, { clock }),
    buildContext: contextMaker({ replica, clock, shelfOf }),
    tools: new Toolbox(tools, { clock, toolFailed: (_, error) => toolFailed(error) }),
    registers: replica.registers,
    clock,
    randomBytes,
  })
}
