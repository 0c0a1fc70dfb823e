export { AnsweringConversation, type NewReply, type ReplyRun } from "./answering-conversation.ts"
export { type ApprovalDecision, approvalKey, type ApprovalOutcome, decideApproval, readDecision, runKey } from "./asks/approval-register.ts"
export { type Ask, type AskOptions, type AskPerson, type AskStop } from "./asks/ask-records.ts"
export {
  addAsk,
  askedMessages,
  asksOf,
  MAX_ASK_LENGTH,
  MAX_ASKS,
  type NewAsk,
  stopAsk,
  subscribeAllAsks,
  subscribeAsks,
} from "./asks/asks.ts"
export { type AskPhase, type AskState, askState, findReply, generationIdOf } from "./asks/ask-state.ts"
export { type Generation, generationKey, generationValue, readGeneration } from "./asks/generation.ts"
export {
  MAX_MODELS,
  type ModelCard,
  readResponderCard,
  RESPONDER_MARK,
  type ResponderCard,
  responderKey,
  responderValue,
} from "./asks/responder-card.ts"
export { type AnnotationFileKind, annotationFileKind, KIND_SAMPLE_BYTES } from "./annotation-formats/annotation-file-kind.ts"
export { ANNOTATION_FORMATS, type AnnotationFormat, type AnnotationFormatName } from "./annotation-formats/annotation-format-table.ts"
export type { AnnotationLeft, AnnotationLeftCode } from "./annotation-formats/annotation-left.ts"
export { type AgreedGrade, agreedGrade } from "./annotation-formats/agreed-grade.ts"
export type {
  AnnotatedPlace,
  AnnotationRecord,
  AnsweredQuestion,
  AnswerOpinion,
  CorpusPassage,
  CorpusQuestion,
  EvaluationSet,
  QuestionTurn,
  RankedPassage,
  RelevanceGrade,
} from "./annotation-formats/annotation-records.ts"
export {
  type AppliedDocument,
  applyPlannedConversation,
  applyPlannedRound,
  applyPlannedSource,
  IMPORT_ANNOTATOR,
} from "./annotation-formats/apply-evaluation.ts"
export {
  type BeirFile,
  passageParser,
  questionParser,
  readBeirCorpus,
  readBeirQueries,
  turnsIn,
  writeBeir,
  writeBeirCorpus,
  writeBeirQueries,
} from "./annotation-formats/beir.ts"
export {
  type CollectedRound,
  type CollectOptions,
  collectRound,
  passageName,
  type RoundDocuments,
} from "./annotation-formats/collect-round.ts"
export type { PassagePlace, PlannedSource } from "./annotation-formats/evaluation-corpora.ts"
export {
  type EvaluationPlan,
  planEvaluation,
  type PlannedConversation,
  type PlannedJudgement,
  type PlannedRound,
} from "./annotation-formats/evaluation-plan.ts"
export { mtRagSet } from "./annotation-formats/mt-rag-set.ts"
export { type ImportedNote, importNotes } from "./annotation-formats/import-notes.ts"
export { type AnnotationAddresses, citationAnnotations, noteAnnotations } from "./annotation-formats/note-annotations.ts"
export { writeJudgementsCsv } from "./annotation-formats/judgements-csv.ts"
export { type MtRagTask, mtRagParser, readMtRag } from "./annotation-formats/mt-rag.ts"
export { qrelsParser, readQrels, writeQrels } from "./annotation-formats/qrels.ts"
export { type RagasOptions, writeRagas } from "./annotation-formats/ragas.ts"
export {
  type LineFailure,
  type LineParser,
  type LineResult,
  MAX_LINE_BYTES,
  MAX_SET_RECORDS,
  parseLines,
  parseSource,
  type ReadLines,
  readLines,
  type TextLine,
} from "./annotation-formats/text-lines.ts"
export { type ColumnForm, escapeId, unescapeId } from "./annotation-formats/column-id.ts"
export { readRun, trecRunParser, writeRun } from "./annotation-formats/trec-run.ts"
export type { AnnotationProblem } from "./annotation-formats/web-annotation-rules.ts"
export {
  framedAnnotations,
  readWebAnnotations,
  webAnnotation,
  type WebAnnotationFile,
  type WebAnnotationResult,
  writeWebAnnotations,
} from "./annotation-formats/web-annotation.ts"
export { ConversationError, type ConversationErrorCode } from "./conversation-error.ts"
export { Conversation, type ConversationOptions, type NewMessage } from "./conversation.ts"
export { ConversationView, type SegmentDocuments } from "./conversation-view.ts"
export {
  conversationDocumentId,
  type DocumentId,
  type DocumentName,
  indexDocumentId,
  isSegment,
  notesDocumentId,
  parseDocumentId,
  promptDocumentId,
  sourceDocumentId,
  userHomeDocumentId,
} from "./document-id.ts"
export { type Approval, decisionOf } from "./approval.ts"
export { type DraftPart, DraftParts, type DraftPartsOptions, MAX_DRAFT_PARTS } from "./draft-parts.ts"
export { MAX_CLOCK_AHEAD_MS } from "./hybrid-clock.ts"
export { mintId, type RandomBytes } from "./identifier.ts"
export type { Listener } from "./listeners.ts"
export type { Feedback, Message, MessagePart, Reaction } from "./message.ts"
export { type MessageTree, pathTo, type TreeNode, type Turn } from "./message-tree.ts"
export type { NewPart } from "./new-part.ts"
export { documentsOf, openSegments } from "./open-segments.ts"
export { ConversationOrigin } from "./origin.ts"
export { type ReadMarker, ReadMarkers } from "./read-markers.ts"
export type { ReplyEnd } from "./reply-sink.ts"
export type { FailureDetails, ReplyWriter } from "./reply-writer.ts"
export { supersededParts, tokenOfPart } from "./superseded-parts.ts"
export type { NewTool, ToolWriter } from "./tool-writer.ts"
export { holdsMessages, MAX_SEGMENT, NEARLY_FULL, segmentFill } from "./segment.ts"
export type { Author, MessageCore, MessageOrigin, StoredMessage, StoredPart } from "./stored-message.ts"
export { type BranchChoices, branchesTo, chooseBranch, type LineEntry } from "./visible-line.ts"
export { type BranchView, MAX_CHOICES, NEWEST_VIEW, ViewedBranches } from "./viewed-branches.ts"
export { UserHome } from "./user-home.ts"
export { type Activity, type ConversationCard, MAX_SNIPPET_LENGTH, snippetOf } from "./conversation-card.ts"
export type { Folder, FolderForest } from "./folder-forest.ts"
export { foldTag, MAX_TAG_LENGTH, normaliseTag, type Tag } from "./tag.ts"
export { MAX_FOLDER_NAME_LENGTH, WorkspaceFolders, workspaceFolders } from "./workspace-folders.ts"
export { WorkspaceIndex, type WorkspaceIndexOptions } from "./workspace-index.ts"
export { applyImport, type ImportTarget } from "./formats/apply-import.ts"
export type {
  ImportCode,
  ImportedCard,
  ImportedConversation,
  ImportFile,
  ImportItem,
  ImportPlace,
  ImportReason,
  ImportReport,
} from "./formats/import-item.ts"
export { importSegments } from "./formats/place-import.ts"
export { BUNDLE_FORMAT, BUNDLE_VERSION, type BundleEntry, type BundleOptions, writeBundle } from "./formats/bundle.ts"
export { ZipWriter, type ZipWidth } from "./formats/zip-writer.ts"
export { bundledCard } from "./formats/bundled-card.ts"
export { blobsOf, exportConversation, exportFrame, type TextFormat } from "./formats/export-conversation.ts"
export type { Exported, ExportOptions, Left, LeftCode } from "./formats/exported.ts"
export { exportMarkdown, type MarkdownOptions } from "./formats/markdown.ts"
export { exportNative, NATIVE_FORMAT, NATIVE_VERSION, type NativeConversation, writeNativeFile } from "./formats/native.ts"
export { type Format, type FormatName, FORMATS } from "./formats/format-table.ts"
export type { ImportedBlob } from "./formats/imported-blobs.ts"
export { parseImport } from "./formats/parse-import.ts"
export { type ReadOptions, readRecord } from "./formats/record-reader.ts"
export { MAX_RECORD_BYTES, readImport, type ReadImportOptions } from "./reading/import-reader.ts"
export type { Inflating } from "./reading/inflate.ts"
export type { ByteSource } from "./reading/zip-directory.ts"
export { type CardMap, eraseCard, eraseConversation, eraseDocument, eraseMessage } from "./erasing/erase.ts"
export { type Erasing, type IdRange, idRangesOf } from "./erasing/id-ranges.ts"
export { carryOut, type CarryOutOptions, type PublishedPrompt } from "./publishing/carry-out.ts"
export {
  type LabelBase,
  labelBase,
  type LabelChange,
  type LabelOutcome,
  moveLabel,
  protectLabel,
  removeLabel,
} from "./publishing/labels.ts"
export {
  labelKey,
  labelProblem,
  LATEST_LABEL,
  MAX_ESCAPED_NAME_LENGTH,
  MAX_LABEL_LENGTH,
  parseLabelKey,
  parsePromptNameKey,
  PRODUCTION_LABEL,
  promptNameKey,
  publishedName,
  versionsKey,
} from "./publishing/prompt-registers.ts"
export { type Publication, type PublishOutcome, type PublishStep, publishVersion, type Theirs } from "./publishing/publication.ts"
export { type NameRelease, releaseName, type ReleaseOutcome } from "./publishing/release-name.ts"
export type { IntentDetails, IntentState, PublishIntent } from "./publishing/publish-intent.ts"
export {
  MAX_INTENT_MESSAGE_LENGTH,
  MAX_SETTLED_INTENTS,
  type NewIntent,
  PublishIntents,
  type PublishIntentsOptions,
} from "./publishing/publish-intents.ts"
export { goingBack, onTop, type SavedBy, savedDraft, standingVersion } from "./publishing/next-version.ts"
export { hasIntents } from "./publishing/has-intents.ts"
export type { AuthorityAnswer, AuthorityRegister, RegisterClient } from "./publishing/register-client.ts"
export { assignNumber, MAX_NUMBERED_VERSIONS, type NumberAnswer, VersionNumbers } from "./publishing/version-numbers.ts"
export { type MessagePrompt, readMessagePrompt } from "./message-prompt.ts"
export {
  addCitation,
  addCitations,
  anchorIn,
  MAX_CITATION_ORIGIN_LENGTH,
  MAX_CITATIONS,
  MAX_CITED_FIELD_LENGTH,
  type NewCitation,
  type NewCitedSource,
  reattachCitation,
  removeCitation,
} from "./citations/citation-writer.ts"
export { CitationIndex } from "./citations/citation-index.ts"
export {
  type Citation,
  citationsOf,
  type CitedPage,
  type CitedPassage,
  placeOf,
  resolveCitation,
  type ResolvedCitation,
} from "./citations/citation-records.ts"
export {
  type CitationPlace,
  type ForeignCitation,
  type ForeignCitations,
  type ForeignDocument,
  type ForeignSource,
  type KnownSource,
  newCitations,
} from "./citations/foreign-citation.ts"
export { fromAiSdk } from "./citations/from-ai-sdk.ts"
export { fromAnthropic } from "./citations/from-anthropic.ts"
export { fromOpenAi } from "./citations/from-openai.ts"
export { partText } from "./citations/part-text.ts"
export { MAX_NOTE_TAGS, MAX_NOTES, type NewNote, Notes } from "./notes/notes.ts"
export type { NoteKind, NoteTarget, NoteThread } from "./notes/note-records.ts"
export { eraseMessageNotes } from "./notes/erase-notes.ts"
export { orphansOf, type PlacedNote, placeNotes } from "./notes/place-notes.ts"
export { rescueTexts, type RescuedText } from "./rescue.ts"
export { canonicalJson, textHash } from "./text/canonical-json.ts"
export { type ContentDiff, diffContents, type SlotDiff, type ValueDiff } from "./prompt/content-diff.ts"
export { mergeContents, type MergeConflict, type MergedContent, type SlotConflict, type ValueConflict } from "./prompt/content-merge.ts"
export { type NewSlot, Prompt } from "./prompt/prompt.ts"
export type { CardShelf, ShelfCard } from "./card-shelf.ts"
export { type PromptCard, type PromptCards, promptCards } from "./prompt/prompt-cards.ts"
export {
  type ContentSlot,
  contentJson,
  EMPTY_CONTENT,
  MAX_CONFIG_KEYS,
  MAX_CONTENT_LENGTH,
  MAX_SLOTS,
  MAX_VARIABLES,
  type PromptContent,
  type PromptKind,
  readContent,
  type SlotRole,
} from "./prompt/prompt-content.ts"
export { MAX_DRAFT_NAME_LENGTH, MAX_DRAFTS, type PromptDraft } from "./prompt/prompt-drafts.ts"
export { MAIN_DRAFT } from "./prompt/prompt-layout.ts"
export { MAX_DESCRIPTION_LENGTH, MAX_FIELD_LENGTH, MAX_PROMPT_NAME_LENGTH, MAX_VALUE_LENGTH } from "./prompt/prompt-limits.ts"
export { MAX_COMMENT_LENGTH, MAX_COMMENTS, MAX_THREADS } from "./discussion/thread-writer.ts"
export type { PromptSlot } from "./prompt/prompt-slots.ts"
export type { ThreadComment, ThreadState } from "./discussion/thread-records.ts"
export type { PromptThread } from "./prompt/prompt-threads.ts"
export { isVersionId, MAX_PARENTS, MAX_VERSION_MESSAGE_LENGTH, type PromptVersion } from "./prompt/prompt-versions.ts"
export { type PromptMeta, PromptView } from "./prompt/prompt-view.ts"
export { type PromptValues, type RenderedMessage, type RenderedPrompt, renderPrompt } from "./prompt/render-prompt.ts"
export {
  anchorText,
  anchorWords,
  findQuote,
  MAX_QUOTE_LENGTH,
  type ResolvedAnchor,
  resolveAnchor,
  type TextAnchor,
  type TextQuote,
  type TextRange,
  type Uniqueness,
} from "./text/text-anchor.ts"
export { MAX_CANDIDATES, resolveInWords, resolveStrict, type StrictPlace } from "./text/strict-anchor.ts"
export { suggestPlace } from "./text/approximate-place.ts"
export { type OffsetUnit, utf16Offsets } from "./text/utf16-offsets.ts"
export { mergeTexts, type MergedText, type TextConflict } from "./text/text-merge.ts"
export { type DiffPart, diffText } from "./text/text-diff.ts"
export {
  checkValue,
  findVariables,
  isVariableName,
  MAX_VARIABLE_NAME_LENGTH,
  type PromptVariable,
  VARIABLE_TYPES,
  type VariableType,
  type VariableUse,
  type ValueProblem,
} from "./prompt/variables.ts"
export { mergeBase, type VersionGraph } from "./prompt/version-graph.ts"
export { applyPromptImport, type PromptImportTarget } from "./prompt-formats/apply-prompt-import.ts"
export { type ExportedPrompt, writePrompts } from "./prompt-formats/export-prompts.ts"
export { langfusePrompt } from "./prompt-formats/langfuse-writer.ts"
export { MAX_PROMPT_FILE_LENGTH, parsePrompts, type ReadPromptsOptions } from "./prompt-formats/parse-prompts.ts"
export { portablePrompt, type PortableOptions } from "./prompt-formats/portable-prompt.ts"
export { type PromptFormat, type PromptFormatName, PROMPT_FORMATS } from "./prompt-formats/prompt-format-table.ts"
export type {
  ImportedLabel,
  ImportedPrompt,
  PortablePrompt,
  PortableSlot,
  PortableVersion,
  PromptImportItem,
  PromptImportReport,
} from "./prompt-formats/prompt-item.ts"
export type { PromptLeft, PromptLeftCode } from "./prompt-formats/prompt-left.ts"
export { type Chunk, type Chunking, type ChunkPlace, isChunkId, type Passage, passageHash } from "./sources/chunking.ts"
export { eraseSource } from "./sources/erase-source.ts"
export { joinPassages, type LoosePassage } from "./sources/join-passages.ts"
export {
  MAX_QUERY_LENGTH,
  MAX_RESULTS,
  type RetrievalConfig,
  type RetrievalRecord,
  type RetrievedPassage,
} from "./sources/retrieval-record.ts"
export { importRetrieval, type NewRetrieval, recordRetrieval, retrievalsOf, subscribeRetrievals } from "./sources/retrievals.ts"
export { type NewSource, Source } from "./sources/source.ts"
export { type NewSourceCard, type SourceCard, sourceCards, type SourceCards } from "./sources/source-cards.ts"
export { sourceIdOf } from "./sources/source-id.ts"
export {
  MAX_CHUNKING_CHARACTERS,
  MAX_CHUNKS,
  MAX_PAGES,
  MAX_PASSAGE_CHARACTERS,
  MAX_SOURCE_CHARACTERS,
  MAX_SOURCE_CONFIG_LENGTH,
  MAX_SOURCE_FIELD_LENGTH,
  MAX_SOURCE_TITLE_LENGTH,
} from "./sources/source-limits.ts"
export type { PageStart, SourceMeta } from "./sources/source-meta.ts"
export { SourceView } from "./sources/source-view.ts"
export { cohenKappa, type KappaWeights, pairwiseAgreement, percentAgreement, weightedKappa } from "./agreement/kappa.ts"
export { krippendorffAlpha, type MeasurementLevel } from "./agreement/krippendorff.ts"
export { type Confusion, confusion, type GradePair, pairsOf, type Rating, type RatingTable, ratingTable } from "./agreement/ratings.ts"
export { type Disagreement, disagreements, tableOfJudgements, targetOfUnit } from "./judging/agreement-of-judgements.ts"
export { AnswerOpinions, type AnswerOpinionsOptions, type Correction, MAX_CORRECTION_LENGTH } from "./judging/answer-opinions.ts"
export { BlindJudgements, type BlindJudgementsOptions } from "./judging/blind-judgements.ts"
export {
  type AcceptedCorrection,
  correctionValue,
  decide,
  type Decision,
  type DecisionOutcome,
  type Gold,
  goldValue,
  readAccepted,
  readGold,
} from "./judging/decision.ts"
export {
  advanceBlind,
  type BlindOutcome,
  type BlindStanding,
  blindStanding,
  type BlindWork,
  closeRound,
  type DoneClaim,
} from "./judging/done.ts"
export { hasFinishedRounds, noteFinishedRound } from "./judging/finished-rounds.ts"
export {
  blindDocumentId,
  closedKey,
  correctionKey,
  doneKey,
  goldKey,
  mintRoundId,
  opinionsDocumentId,
  parseDoneKey,
  roundDocumentId,
  type RoundKind,
  roundKindOf,
  taskKey,
} from "./judging/judging-ids.ts"
export {
  isJudged,
  type JudgedTarget,
  type Judgement,
  type JudgementChange,
  MAX_GRADE,
  MAX_JUDGEMENT_LABEL_LENGTH,
  MAX_JUDGEMENT_LABELS,
  MAX_JUDGEMENT_NOTE_LENGTH,
} from "./judging/judgement.ts"
export type { Revealed } from "./judging/reveals.ts"
export { Round, type RoundOptions } from "./judging/round.ts"
export { eraseRoundItems, type ErasedWords, roundIdsIn } from "./judging/erase-items.ts"
export { type RoundCard, roundCards } from "./judging/round-cards.ts"
export {
  type ItemChunk,
  MAX_ITEM_CHUNKS,
  MAX_ITEM_QUERY_LENGTH,
  MAX_ROUND_ITEMS,
  type NewRoundItem,
  type RoundItem,
} from "./judging/round-items.ts"
export { progressOf, type RoundProgress, targetsOf } from "./judging/round-progress.ts"
export {
  type Annotator,
  DEFAULT_SCALE,
  MAX_ANNOTATORS,
  MAX_GUIDELINE_LENGTH,
  MAX_ROUND_NAME_LENGTH,
  MAX_SCALE,
  type RoundChange,
  type RoundSettings,
  type ScaleGrade,
} from "./judging/round-settings.ts"
export { MAX_SEALED_LENGTH, saysTheSame } from "./judging/sealed-judgements.ts"
export {
  claimTask,
  nextTask,
  releaseTask,
  TASK_LEASE_MS,
  type TaskDesk,
  type TaskHolder,
  taskHolders,
  type TaskOutcome,
} from "./judging/tasks.ts"
