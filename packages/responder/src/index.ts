export {
  type AnswerAbout,
  AnswerError,
  type AnswerErrorCode,
  type Answerer,
  type AnswerEvent,
  type AnswerUsage,
  type OfferedModel,
  type Question,
  type WrittenPart,
} from "./answer.ts"
export { CONNECT_A_MODEL, NO_MODEL } from "./passages/passages-words.ts"
export { MAX_QUOTED_PASSAGES, PASSAGES_MODEL, passagesAnswerer, type PassagesAnswererOptions } from "./passages/passages-answerer.ts"
export { DEFAULT_SHELF_LIMITS, type ShelfLimits } from "./sources/passage-shelf.ts"
export { SHELF_PATIENCE_MS, type ShelfClock, type ShelfReplica } from "./sources/shelf-documents.ts"
export { type FoundPassage, type FoundPassages, SourceShelf, type SourceShelfOptions } from "./sources/source-shelf.ts"
export { SourceShelves } from "./sources/source-shelves.ts"
export { AUTHORITY_RETRY_MS, type CallPlace, claimRun, settleApproval } from "./tools/approvals.ts"
export type { InputSchema } from "./tools/input-schema.ts"
export type { Tool, ToolDescription, ToolLimits, ToolResult, ToolRun } from "./tools/tool.ts"
export { Toolbox, type ToolboxOptions } from "./tools/toolbox.ts"
export { DEFAULT_RESPONDER_LIMITS, type ResponderLimits } from "./limits.ts"
export { MAX_WORKSPACES, openResponder, type Responder, type ResponderOptions, type ResponderStatus } from "./responder.ts"
export type { EventPlace, ResponderEvent, ResponderProblem, WritingOutcome } from "./responder-events.ts"
export type { AnswerContext, AnsweringModel, AnswerLimits, StepRequest } from "./answering-model.ts"
export { type BuildOptions, DEFAULT_CONTEXT_TOKENS, modelAnswerer, type ModelAnswererOptions } from "./model-answerer.ts"
export { MAX_FOUND_PASSAGES, searchSourcesTool } from "./tools/search-sources.ts"
