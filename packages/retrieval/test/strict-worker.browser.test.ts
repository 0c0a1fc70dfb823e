import { expect, test } from "vitest"
import { writePdf } from "./pdf-writer.ts"

interface Answer {
  readonly extracted?: { readonly text: string }
  readonly code?: string
  readonly tried: readonly string[]
}

async function readInWorker(bytes: Uint8Array, name: string): Promise<Answer> {
  const worker = new Worker(new URL("./strict-worker.ts", import.meta.url), { type: "module" })
  try {
    return await new Promise((resolve, reject) => {
      worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => resolve(data))
      worker.addEventListener("error", ({ message }) => reject(new Error(message)))
      worker.postMessage({ bytes, name })
    })
  } finally {
    worker.terminate()
  }
}

test("[RT12] files are read in a worker of a browser that compiles no text and fetches nothing", async () => {
  const line = (text: string): { x: number; y: number; text: string }[] => [{ x: 72, y: 700, text }]
  const pdf = await readInWorker(writePdf({ pages: [line("Grey herons")], script: "app.alert(1)" }), "a.pdf")
  expect(pdf).toMatchObject({ extracted: { text: "Grey herons" }, tried: [] })
  const cjk = await readInWorker(writePdf({ cjk: "outside", pages: [line("中文")] }), "a.pdf")
  expect(cjk).toMatchObject({ code: "unreadable", tried: [] })
  const html = await readInWorker(
    new TextEncoder().encode('<meta charset="windows-1252"><p onclick="x()">Herons <img src="/x" onerror="y()">'),
    "a.html",
  )
  expect(html).toMatchObject({ extracted: { text: "Herons" }, tried: [] })
})
