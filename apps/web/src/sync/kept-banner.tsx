import { counted } from "../frame/relative-time.ts"
import { useKept } from "./use-kept.ts"
import "./banner.css"

/** Says that a relay refused something for good, as long as what it refused is kept here. */
export function KeptBanner({ onShow }: { readonly onShow: () => void }) {
  const [kept] = useKept()
  if (kept.length === 0) return null
  const texts = kept.reduce((sum, { texts }) => sum + texts.length, 0)
  return (
    <div className="banner banner-danger" role="status">
      <span>
        A relay did not take {texts === 0 ? "a change" : counted(texts, "text")} of yours. Nothing is lost: it is kept on this device.
      </span>
      <button type="button" className="button" onClick={onShow}>
        Show
      </button>
    </div>
  )
}
