import process from "node:process"
import { Database } from "@hocuspocus/extension-database"
import { Server } from "@hocuspocus/server"
import { ClassicLevel } from "classic-level"

/* @hocuspocus/server as its guide sets it up: the Database extension over a store, with the default debounce (2 s, at most 10 s). */

const data = process.argv[2]
if (data === undefined) throw new TypeError("the data folder is missing")
const store = new ClassicLevel<string, Uint8Array>(data, { valueEncoding: "view" })
await store.open()

const server = new Server({
  address: "127.0.0.1",
  port: 0,
  quiet: true,
  extensions: [
    new Database({
      fetch: async ({ documentName }) => (await store.get(documentName)) ?? null,
      store: async ({ documentName, state }) => store.put(documentName, state),
    }),
  ],
})
await server.listen(0)
console.log(`ready http://127.0.0.1:${server.address.port}`)
