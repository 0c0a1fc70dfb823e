/** Some words of a page: where they begin, from the lower left corner in points, and how large they are. */
export interface PlacedWords {
  readonly x: number
  readonly y: number
  readonly size?: number
  /** Latin-1, or with `cjk` any characters of the first plane. */
  readonly text: string
}

export interface WrittenPdf {
  readonly pages: readonly (readonly PlacedWords[])[]
  readonly title?: string
  /** Names the characters by a table in the file, or by one of the well-known tables outside of it. */
  readonly cjk?: "to-unicode" | "outside"
  /** Asks for a password. */
  readonly locked?: boolean
  /** Runs when the file is opened, in programs that do. */
  readonly script?: string
}

/** A small PDF, written by hand. */
export function writePdf({ pages, title, cjk, locked = false, script }: WrittenPdf): Uint8Array {
  const objects: string[] = []
  const add = (body: string): number => objects.push(body)
  const reference = (number: number): string => `${number} 0 R`
  const stream = (content: string): string => `<< /Length ${content.length} >>\nstream\n${content}\nendstream`
  const font =
    cjk === undefined
      ? add("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
      : addCjkFont(cjk, add, reference, stream)
  const parent = objects.length + 1 + 2 * pages.length
  const kids = pages.map((words) => {
    const content = add(
      stream(
        words
          .map(
            ({ x, y, size = 12, text }) =>
              `BT /F1 ${size} Tf 1 0 0 1 ${x} ${y} Tm ${cjk === undefined ? `(${text.replaceAll(/[()\\]/g, "\\$&")})` : `<${hex(text)}>`} Tj ET`,
          )
          .join("\n"),
      ),
    )
    return add(
      `<< /Type /Page /Parent ${reference(parent)} /MediaBox [0 0 612 792] /Resources << /Font << /F1 ${reference(font)} >> >> /Contents ${reference(content)} >>`,
    )
  })
  add(`<< /Type /Pages /Kids [${kids.map(reference).join(" ")}] /Count ${kids.length} >>`)
  const action = script === undefined ? "" : ` /OpenAction << /S /JavaScript /JS (${script.replaceAll(/[()\\]/g, "\\$&")}) >>`
  const root = add(`<< /Type /Catalog /Pages ${reference(parent)}${action} >>`)
  const info = add(`<< /Title (${(title ?? "").replaceAll(/[()\\]/g, "\\$&")}) >>`)
  const encrypt = locked ? add(`<< /Filter /Standard /V 1 /R 2 /P -4 /O <${"ab".repeat(32)}> /U <${"cd".repeat(32)}> >>`) : undefined
  let file = "%PDF-1.4\n"
  const places = objects.map((body, index) => {
    const place = file.length
    file += `${index + 1} 0 obj\n${body}\nendobj\n`
    return place
  })
  const table = file.length
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${places.map((place) => `${String(place).padStart(10, "0")} 00000 n \n`).join("")}`
  const locks = encrypt === undefined ? "" : ` /Encrypt ${reference(encrypt)} /ID [<00> <00>]`
  file += `trailer\n<< /Size ${objects.length + 1} /Root ${reference(root)} /Info ${reference(info)}${locks} >>\nstartxref\n${table}\n%%EOF\n`
  return Uint8Array.from(file, (character) => character.charCodeAt(0))
}

function addCjkFont(
  cjk: "to-unicode" | "outside",
  add: (body: string) => number,
  reference: (number: number) => string,
  stream: (content: string) => string,
): number {
  const system =
    cjk === "outside" ? "/Registry (Adobe) /Ordering (GB1) /Supplement 2" : "/Registry (Adobe) /Ordering (Identity) /Supplement 0"
  const descriptor = add(
    "<< /Type /FontDescriptor /FontName /Song /Flags 4 /FontBBox [0 0 1000 1000] /ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 800 /StemV 80 >>",
  )
  const inner = add(
    `<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Song /CIDSystemInfo << ${system} >> /FontDescriptor ${reference(descriptor)} /DW 1000 >>`,
  )
  if (cjk === "outside")
    return add(`<< /Type /Font /Subtype /Type0 /BaseFont /Song /Encoding /UniGB-UCS2-H /DescendantFonts [${reference(inner)}] >>`)
  const map = add(
    stream(
      "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /M def 1 begincodespacerange <0000> <ffff> endcodespacerange 1 beginbfrange <0000> <ffff> <0000> endbfrange endcmap end end",
    ),
  )
  return add(
    `<< /Type /Font /Subtype /Type0 /BaseFont /Song /Encoding /Identity-H /DescendantFonts [${reference(inner)}] /ToUnicode ${reference(map)} >>`,
  )
}

function hex(text: string): string {
  return Array.from(text, (character) => character.charCodeAt(0).toString(16).padStart(4, "0")).join("")
}
