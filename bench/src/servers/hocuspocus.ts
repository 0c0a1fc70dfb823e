import process from "node:process"
import { Database } from "@hocuspocus/extension-database"
import { type Extension, Server } from "@hocuspocus/server"
import { ClassicLevel } from "classic-level"

/*
 * @hocuspocus/server as its guide sets it up: the Database extension over a store, with the default debounce (2 s, at most 10 s); with the socket of a Redis as
 * second argument the Redis extension too.
 */

const [data, redis] = process.argv.slice(2)
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
    ...(redis === undefined ? [] : [await redisExtension(redis)]),
  ],
})
await server.listen(0)
console.log(`ready http://127.0.0.1:${server.address.port}`)

/** Loaded by its name at run time: what is measured without Redis needs it not to be there. */
async function redisExtension(path: string): Promise<Extension> {
  const name: string = "@hocuspocus/extension-redis"
  const { Redis } = (await import(name)) as { Redis: new (configuration: { options: { path: string } }) => Extension }
  return new Redis({ options: { path } })
}
