import { createContext, memo, useContext, useEffect, useId, useMemo, useState } from "react"
import { CopyButton } from "../frame/copy-button.tsx"
import { Icon } from "../frame/icon.tsx"
import { counted } from "../frame/relative-time.ts"
import type { ColouredPiece } from "./code-colour.ts"
import { codeLanguage, type CodeLanguage } from "./code-languages.ts"
import { DIRECTION_WORDS, directionPieces } from "./direction-marks.ts"
import "./code-block.css"

/** Lines above which code is folded, and how many of it are shown then. */
const MAX_LINES = 60
const FOLDED_LINES = 40

/** Whether the code at the end of the piece is still being written: within a line of it, or between two. */
export const OpenCode = createContext<"within" | "between" | undefined>(undefined)

type Colour = typeof import("./code-colour.ts")

/** Code with its language, in colours, and what one does with code: copy it, wrap its lines, unfold it. */
export const CodeBlock = memo(function CodeBlock({ language, code }: { readonly language: string; readonly code: string }) {
  const open = useContext(OpenCode)
  const [wrapped, setWrapped] = useState(false)
  const lines = useMemo(() => lineCount(code), [code])
  // What was seen growing is not folded under the eyes of its reader.
  const [folded, setFolded] = useState(open === undefined && lines > MAX_LINES)
  const id = useId()
  const shown = folded ? firstLines(code, FOLDED_LINES) : code
  return (
    <figure className="code-block" data-wrapped={wrapped || undefined}>
      <figcaption className="code-head">
        <span className="code-language">{language === "" ? "text" : language}</span>
        <span className="code-tools">
          <button
            type="button"
            className="icon-button"
            aria-pressed={wrapped}
            aria-label="Wrap long lines"
            title="Wrap long lines"
            onClick={() => setWrapped(!wrapped)}
          >
            <Icon name="wrap" />
          </button>
          <CopyButton text={code} label="Copy code" />
        </span>
      </figcaption>
      {/* reason: what scrolls must be reachable by keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre id={id} tabIndex={0} dir="ltr" role="group" aria-label={language === "" ? "Code" : `Code, ${language}`}>
        <code>
          <Coloured code={shown} language={codeLanguage(language)} inLine={open === "within"} />
        </code>
      </pre>
      {lines > MAX_LINES && open === undefined && (
        <button type="button" className="code-fold" aria-expanded={!folded} aria-controls={id} onClick={() => setFolded(!folded)}>
          {folded ? `Show all ${counted(lines, "line")}` : "Show fewer lines"}
        </button>
      )}
    </figure>
  )
})

interface ColouredProps {
  readonly code: string
  readonly language: CodeLanguage | undefined
  readonly inLine: boolean
}

/** The code; of one that is still being written the finished lines have colours, for the last one may yet become something else. */
function Coloured({ code, language, inLine }: ColouredProps) {
  const colour = useColour(language)
  const end = inLine ? code.lastIndexOf("\n") + 1 : code.length
  const finished = code.slice(0, end)
  return (
    <>
      <FinishedLines code={finished} language={language} colour={colour} />
      {end < code.length && <Pieces pieces={[{ text: code.slice(end), kind: undefined }]} />}
    </>
  )
}

interface FinishedLinesProps {
  readonly code: string
  readonly language: CodeLanguage | undefined
  readonly colour: Colour | undefined
}

/** Renders again when a line is finished, not at every token. */
const FinishedLines = memo(function FinishedLines({ code, language, colour }: FinishedLinesProps) {
  const pieces = useMemo(
    () => (language === undefined || colour === undefined ? [{ text: code, kind: undefined }] : colour.colouredPieces(code, language)),
    [code, language, colour],
  )
  return <Pieces pieces={pieces} />
})

function Pieces({ pieces }: { readonly pieces: readonly ColouredPiece[] }) {
  return pieces.map(({ text, kind }, index) => {
    const content = <Marked text={text} />
    if (kind === undefined || kind === "plain") return <Marked key={index} text={text} />
    return (
      <span key={index} className={`code-${kind}`}>
        {content}
      </span>
    )
  })
}

function Marked({ text }: { readonly text: string }) {
  const pieces = directionPieces(text, true)
  if (pieces.length === 1 && pieces[0]?.mark === undefined) return text
  return pieces.map(({ text: piece, mark }, index) =>
    mark === undefined ? (
      piece
    ) : (
      <bdi key={index} className="direction-mark" title={DIRECTION_WORDS}>
        {mark}
      </bdi>
    ),
  )
}

/** What colours `language`, once it has come. */
function useColour(language: CodeLanguage | undefined): Colour | undefined {
  const [loaded, setLoaded] = useState<{ readonly language: CodeLanguage; readonly colour: Colour } | undefined>(() =>
    language !== undefined && ready.has(language) && colours !== undefined ? { language, colour: colours } : undefined,
  )
  useEffect(() => {
    if (language === undefined || loaded?.language === language) return
    let shown = true
    void load(language).then((colour) => {
      if (shown && colour !== undefined) setLoaded({ language, colour })
      return undefined
    })
    return () => {
      shown = false
    }
  }, [language, loaded])
  return loaded?.language === language ? loaded?.colour : undefined
}

let colours: Colour | undefined
const ready = new Set<CodeLanguage>()

/** Undefined where the network does not let it come: code without colours is code. */
async function load(language: CodeLanguage): Promise<Colour | undefined> {
  try {
    colours ??= await import("./code-colour.ts")
  } catch {
    return undefined
  }
  if (!(await colours.loadColours(language))) return undefined
  ready.add(language)
  return colours
}

function lineCount(code: string): number {
  let count = 1
  for (let at = code.indexOf("\n"); at !== -1; at = code.indexOf("\n", at + 1)) count++
  return count
}

function firstLines(code: string, count: number): string {
  let end = 0
  for (let line = 0; line < count; line++) end = code.indexOf("\n", end) + 1
  return code.slice(0, end - 1)
}
