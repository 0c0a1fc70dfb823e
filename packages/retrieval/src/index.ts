export { type Chunk, type ChunkOptions, chunkText, DEFAULT_CHUNKING, DEFAULT_MAX_CHARACTERS, MIN_MAX_CHARACTERS } from "./chunk-text.ts"
export { type Embedder, EMBEDDING_BATCH, fuseRanks, type FusionOptions, PassageVectors } from "./embedder.ts"
export {
  type ExtractedText,
  type ExtractNotice,
  type ExtractOptions,
  extractText,
  MAX_FILE_BYTES,
  MAX_TEXT_CHARACTERS,
  type SourceFile,
} from "./extract-text.ts"
export { mediaTypeOf } from "./file-kind.ts"
export { type IndexedPassage, PASSAGE_RANKING, type PassageHit, PassageIndex, type PassageSearch } from "./passage-index.ts"
export { type FoundWords, wordsFound } from "./passage-terms.ts"
export { RetrievalError, type RetrievalErrorCode } from "./retrieval-error.ts"
