export { type Chunk, type ChunkOptions, chunkText, DEFAULT_MAX_CHARACTERS, MIN_MAX_CHARACTERS } from "./chunk-text.ts"
export { type ExtractedText, extractText, type SourceFile } from "./extract-text.ts"
export { type IndexedPassage, type PassageHit, PassageIndex, type PassageSearch, wordsFound } from "./passage-index.ts"
export { RetrievalError, type RetrievalErrorCode } from "./retrieval-error.ts"
