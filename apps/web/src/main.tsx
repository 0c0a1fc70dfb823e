import { type Polylogue, PolylogueProvider } from "@polylogue/react"
import { StrictMode } from "react"
import { createRoot } from "react-dom/client"
import { App } from "./app.tsx"
import { openDevice } from "./device/open-device.ts"
import { describeError, Failure, FailureBoundary } from "./frame/failure.tsx"
import { ToastProvider } from "./frame/toast.tsx"
import { followHistory } from "./frame/layers.ts"
import { followInstallOffer } from "./pwa/install-offer.tsx"
import { registerServiceWorker } from "./pwa/service-worker.ts"
import { applyAppearance } from "./settings/appearance.ts"
import "./style/tokens.css"
import "./style/base.css"

const place = document.querySelector("#root")
if (place === null) throw new TypeError("the page has no element #root")
const root = createRoot(place)

function show(polylogue: Polylogue): void {
  root.render(
    <StrictMode>
      <FailureBoundary>
        <PolylogueProvider polylogue={polylogue}>
          <ToastProvider>
            <App />
          </ToastProvider>
        </PolylogueProvider>
      </FailureBoundary>
    </StrictMode>,
  )
}

applyAppearance()
followHistory()
followInstallOffer()
try {
  await openDevice(show)
} catch (error) {
  const text =
    "What is stored on this device was written by a newer version of Polylogue, or cannot be read. Nothing of it was changed. Close other tabs of Polylogue and reload."
  root.render(<Failure text={text} detail={describeError(error)} />)
}
registerServiceWorker()
