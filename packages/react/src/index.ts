export { annotatorOf, isEnforced } from "./annotator.ts"
export type { DocumentState, OpenDocument } from "./document-pool.ts"
export { createPolylogue, type Polylogue, type PolylogueOptions, PolylogueProvider, usePolylogue } from "./polylogue.ts"
export { type OtherPresence, type Presence, useAnnouncePresence, usePresence } from "./presence.ts"
export type { ConversationSegments, SegmentsState } from "./conversation-segments.ts"
export {
  type ConversationState,
  type OpenConversation,
  useConversation,
  useConversationStatus,
  useLine,
  useMessage,
  usePinned,
  useSegments,
  useTitle,
} from "./use-conversation.ts"
export { type Answering, useAnswering } from "./use-answering.ts"
export { type ToolAnswer, type ToolAnswerOutcome, useToolAnswer } from "./use-tool-answer.ts"
export { useAsks, useAskState, useGeneration } from "./use-asks.ts"
export { type BlobProblem, type BlobState, useBlob, useUpload, useUploads, useWaitsForUpload } from "./use-blob.ts"
export { type Citing, useCitations, useCiting } from "./use-citations.ts"
export { useDocument, useDocumentStatus } from "./use-document.ts"
export { type Draft, useDraft, useEdit, useEdits, useUserHome } from "./use-draft.ts"
export { type DraftPartsState, useDraftParts } from "./use-draft-parts.ts"
export { type NotesState, type OpenNotes, useNotes, useNoteThreads } from "./use-notes.ts"
export { useIsReplicated, useMessageSafety, useWaitingMessages } from "./use-message-safety.ts"
export { useBranchView, type ViewedBranch } from "./use-branch-view.ts"
export { useBeginReading, useReadMarkers, useUnread } from "./use-read-markers.ts"
export { type OpenPrompt, type PromptState, usePrompt } from "./use-prompt.ts"
export { usePromptCard, usePromptList } from "./use-prompt-cards.ts"
export { useHasFinishedRounds, useHasIntents } from "./use-has-intents.ts"
export type { PublishedLabel, PublishedLabels } from "./label-book.ts"
export { MAX_PUBLISHED_AT_ONCE, Publisher, publisherOf, type Schedule } from "./publisher.ts"
export { hasPublishedLabels, type PromptLabel, type PromptLabels, useLabel, useLabels, useWatchLabels } from "./use-labels.ts"
export {
  type PromptDraftParts,
  usePromptContent,
  usePromptDraft,
  usePromptDrafts,
  usePromptMeta,
  usePromptThreads,
  usePromptVersions,
} from "./use-prompt-draft.ts"
export { usePublishedNames } from "./use-published-names.ts"
export { type Publishing, usePublisher, usePublishing, usePublishIntents, useWaitingIntents } from "./use-publishing.ts"
export { useRecordRetrieval, useRetrievals } from "./use-retrievals.ts"
export { type ShelfOf, useShelfCard, useShelfList } from "./use-shelf.ts"
export { type OpenSource, type SourceState, useChunking, useSource, useSourceMeta, useSourceText } from "./use-source.ts"
export { useSourceCard, useSourceList } from "./use-source-cards.ts"
export { useReplicaStatus } from "./use-replica-status.ts"
export { useFolders, useTags } from "./use-organised.ts"
export {
  type OpenWorkspace,
  useConversationCard,
  useConversationList,
  useConversationWaits,
  useWatchWorkspace,
  useWorkspace,
  type WorkspaceState,
} from "./use-workspace.ts"
export type { AnnotatorStanding, AnnotatorState, JudgingState } from "./judging-desk.ts"
export { type OpenOpinions, type OpinionsState, useAnswerOpinions, useCorrections, useOpinionsOf } from "./use-answer-opinions.ts"
export { type Judging, type OpenJudging, useJudging } from "./use-judging.ts"
export { type HeardResponder, useResponders } from "./use-responders.ts"
export { type HeardRegisters, useRegisters } from "./use-registers.ts"
export {
  type OpenRound,
  type RoundState,
  useRound,
  useRoundCard,
  useRoundItems,
  useRoundJudgements,
  useRoundList,
  useRoundSettings,
} from "./use-round.ts"
export { useRoundKeeper } from "./use-round-keeper.ts"
