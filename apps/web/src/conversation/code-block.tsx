import { CopyButton } from "./copy-button.tsx"

/** Code with its language and a button that copies it. */
export function CodeBlock({ language, code }: { readonly language: string; readonly code: string }) {
  return (
    <figure className="code-block">
      <figcaption className="code-head">
        <span>{language === "" ? "text" : language}</span>
        <CopyButton text={code} label="Copy code" />
      </figcaption>
      {/* reason: what scrolls must be reachable by keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0} dir="ltr">
        <code>{code}</code>
      </pre>
    </figure>
  )
}
