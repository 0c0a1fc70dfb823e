import { StrictMode } from "react"
import { createRoot } from "react-dom/client"
import { App } from "./app.tsx"
import { openDevice } from "./device/open-device.ts"
import { ToastProvider } from "./frame/toast.tsx"
import { registerServiceWorker } from "./pwa/service-worker.ts"
import { PolylogueProvider } from "@polylogue/react"
import "./style/tokens.css"
import "./style/base.css"

const root = document.querySelector("#root")
if (root === null) throw new TypeError("the page has no element #root")

const polylogue = await openDevice()
createRoot(root).render(
  <StrictMode>
    <PolylogueProvider polylogue={polylogue}>
      <ToastProvider>
        <App />
      </ToastProvider>
    </PolylogueProvider>
  </StrictMode>,
)
registerServiceWorker()
