export { type ExtractedText, extractText, type SourceFile } from "./extract-text.ts"
export { type PassageHit, PassageIndex, type RankedPassage } from "./passage-index.ts"
export { RetrievalError, type RetrievalErrorCode } from "./retrieval-error.ts"
