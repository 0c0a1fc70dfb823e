/** What an answer without a model begins with. */
export const NO_MODEL = "No model is connected, so nobody writes an answer here."

/** What to do without a model and without sources, with commands as they are typed. */
export const CONNECT_A_MODEL = `To get answers, start the relay with a model. With Ollama, which runs models on your own computer:

\`\`\`sh
ollama pull qwen3
npx polylogue serve --model-url http://127.0.0.1:11434/v1 --model qwen3
\`\`\`

Any other service with an API like OpenAI's works the same way, with its address and \`--api-key-file\`.

Without a model, passages of your own files are quoted here: open Sources, add files, and ask again.`

/** Where a question has no words: a file alone, or signs. */
export const NO_WORDS = "The question has no words that could be looked for in your sources. Ask in a few words."

/** `1 source`, `3 sources`. */
export function countedSources(count: number): string {
  return count === 1 ? "1 source" : `${count} sources`
}
