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
export { contextMaker, type ContextMakerOptions, MAX_GIVEN_PASSAGES } from "./context/context-maker.ts"
export { buildContext } from "./context/build-context.ts"
export type {
  AttachedFile,
  Context,
  ContextOptions,
  ContextPiece,
  ContextPieces,
  ContextRecord,
  FileRecord,
  FileText,
} from "./context/context-types.ts"
export { FileReader, MAX_ATTACHMENT_BYTES } from "./context/file-reader.ts"
export { shrinkContext } from "./context/fit-context.ts"
export { type PromptReaderOptions, readPublishedPrompt } from "./context/prompt-reader.ts"
export { estimateTokens } from "./context/token-estimate.ts"
export { CONNECT_A_MODEL, NO_MODEL } from "./passages/passages-words.ts"
export { MAX_QUOTED_PASSAGES, PASSAGES_MODEL, passagesAnswerer, type PassagesAnswererOptions } from "./passages/passages-answerer.ts"
export { citationsIn, MAX_ANSWER_CITATIONS } from "./sources/cited-numbers.ts"
export {
  ConversationShelf,
  type FoundMessage,
  type FoundMessages,
  MAX_SEARCHED_CONVERSATIONS,
  MAX_SEARCHED_LENGTH,
} from "./sources/conversation-shelf.ts"
export { DEFAULT_SHELF_LIMITS, type ShelfLimits } from "./sources/passage-shelf.ts"
export { type Retrieved, retrieveFor } from "./sources/retrieve-for.ts"
export { SHELF_PATIENCE_MS, type ShelfClock, type ShelfReplica } from "./sources/shelf-documents.ts"
export { type FoundPassage, type FoundPassages, SourceShelf, type SourceShelfOptions } from "./sources/source-shelf.ts"
export { SourceShelves } from "./sources/source-shelves.ts"
export { AUTHORITY_RETRY_MS, type CallPlace, claimRun, settleApproval } from "./tools/approvals.ts"
export type { InputSchema } from "./tools/input-schema.ts"
export type { Tool, ToolDescription, ToolLimits, ToolResult, ToolRun } from "./tools/tool.ts"
export { Toolbox, type ToolboxOptions } from "./tools/toolbox.ts"
export { checkResponderLimits, DEFAULT_RESPONDER_LIMITS, type ResponderLimits } from "./limits.ts"
export { MAX_WORKSPACES, openResponder, type Responder, type ResponderOptions, type ResponderStatus } from "./responder.ts"
export type { EventPlace, ResponderEvent, ResponderProblem, WritingOutcome } from "./responder-events.ts"
export type { AnswerContext, AnsweringModel, AnswerLimits, StepRequest } from "./answering-model.ts"
export { type BuildOptions, DEFAULT_CONTEXT_TOKENS, modelAnswerer, type ModelAnswererOptions } from "./model-answerer.ts"
export { MAX_FOUND_MESSAGES, searchConversationsTool } from "./tools/search-conversations.ts"
export { MAX_FOUND_PASSAGES, searchSourcesTool } from "./tools/search-sources.ts"
