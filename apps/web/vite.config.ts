import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import react from "@vitejs/plugin-react"
import { defaultClientConditions, defineConfig, type Plugin } from "vite"
import { VitePWA } from "vite-plugin-pwa"

/**
 * What the page may load. Messages are written by strangers and by models, so the page itself forbids what a hole in the
 * sanitiser would need: foreign scripts, foreign images, foreign frames.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  // Relays, whichever: over WebSocket, and over HTTP for attachments.
  "connect-src 'self' http: https: ws: wss:",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ")

/** Writes the policy into the built page; the development server needs inline scripts and goes without. */
function contentSecurityPolicy(): Plugin {
  return {
    name: "polylogue:content-security-policy",
    apply: "build",
    transformIndexHtml: () => [
      {
        tag: "meta",
        attrs: { "http-equiv": "Content-Security-Policy", content: CONTENT_SECURITY_POLICY },
        injectTo: "head-prepend",
      },
    ],
  }
}

const { version } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8")) as { readonly version: string }

export default defineConfig({
  resolve: {
    conditions: ["polylogue:source", ...defaultClientConditions],
    alias: { "lib0/logging": fileURLToPath(new URL("src/device/yjs-logging.ts", import.meta.url)) },
  },
  plugins: [
    react(),
    contentSecurityPolicy(),
    VitePWA({
      // The page asks before it takes over a new version: a reload while something waits would be the app's fault.
      registerType: "prompt",
      injectRegister: null,
      includeAssets: ["icon.svg"],
      manifest: {
        name: "Polylogue",
        short_name: "Polylogue",
        description: "A conversation among many voices that never loses a word.",
        start_url: "./",
        scope: "./",
        display: "standalone",
        background_color: "#f9f8f6",
        theme_color: "#f9f8f6",
        icons: [
          { src: "icon-192.png", sizes: "192x192", type: "image/png" },
          { src: "icon-512.png", sizes: "512x512", type: "image/png", purpose: "any maskable" },
          { src: "icon.svg", sizes: "any", type: "image/svg+xml" },
        ],
      },
      workbox: {
        globPatterns: ["**/*.{js,css,html,svg,png,webmanifest}"],
        navigateFallback: "index.html",
        navigateFallbackDenylist: [/^\/(sync|yjs|blobs|healthz|readyz|metrics|status(\.json)?)(\/|$)/],
        cleanupOutdatedCaches: true,
        clientsClaim: true,
      },
    }),
  ],
  // What a worker loads when it is asked for is a file of its own there as well: who adds a note loads nothing that reads PDFs.
  worker: { format: "es" },
  define: { "import.meta.env.POLYLOGUE_VERSION": JSON.stringify(version) },
  build: {
    target: "es2023",
    sourcemap: true,
    chunkSizeWarningLimit: 700,
    // The names of everything that any part needs would stand in what is loaded first.
    modulePreload: false,
    // What the first paint loads is one file: it is asked for at once and compresses as a whole (17 files were 6 KB more).
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "app", tags: ["$initial"] }] } } },
  },
})
