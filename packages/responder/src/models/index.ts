export { type ConnectedModel, connectModels, type ModelEnvironment } from "./connected-model.ts"
export { answeringModels } from "./answering-models.ts"
export { DEFAULT_REQUEST_LIMITS, type RequestLimits } from "./guarded-fetch.ts"
export type {
  AssistantContent,
  AssistantMessage,
  ModelMessage,
  ModelTool,
  SystemMessage,
  ToolMessage,
  ToolResult,
  UserMessage,
} from "./model-message.ts"
export { checkModels, type LookOptions, type NamedModels, namedModels } from "./model-list.ts"
export {
  type KeyPlace,
  type ModelApi,
  type ModelSettings,
  type ProviderSettings,
  readModelSettings,
  type ReadModelSettings,
} from "./model-settings.ts"
export { citationsAt, type StepCitations } from "./provider-citations.ts"
export type { StepCall, StepEnd, StepEvent } from "./step-event.ts"
export { type StepOptions, streamStep } from "./step.ts"
