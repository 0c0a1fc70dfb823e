import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net"
import { Random } from "../simulation/random.ts"
import { Conveyor, type Parcel } from "./conveyor.ts"
import { FaultLine, type Faults } from "./fault-line.ts"

/**
 * What stands between who dials and who is dialled, in place of a network: TCP connections to its port go on to a target, and each direction has
 * faults of its own. Connections are bytes to it; it cuts, delays and loses them, and never changes, doubles or reorders one.
 *
 * A cut is what pulling a cable is: bytes are held, nobody is told, new connections begin and hear nothing. Ends that close meanwhile are heard of after the heal.
 */
export class FaultProxy {
  /** From who dials to the target. */
  readonly out: FaultLine
  /** From the target to who dials. */
  readonly back: FaultLine
  readonly #server: Server
  readonly #connections = new Set<Connection>()
  #target: number | undefined

  private constructor(random: Random) {
    this.out = new FaultLine(random.fork("out"))
    this.back = new FaultLine(random.fork("back"))
    // Ends close one by one, as the parcels say.
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket))
  }

  /** A proxy on a free port of this machine. `seed` decides what is lost, and by how much the delays differ. */
  static async open(seed: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(new Random(seed))
    proxy.#server.listen(0, "127.0.0.1")
    await once(proxy.#server, "listening")
    return proxy
  }

  /** Who is dialled: a port of this machine. Before it is named, connections are refused. */
  set target(port: number) {
    this.#target = port
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Connections that either end has not given up. */
  get connections(): number {
    return this.#connections.size
  }

  /** Bytes of all connections that arrived, in both directions. */
  get bytes(): number {
    return this.out.counts.arrivedBytes + this.back.counts.arrivedBytes
  }

  /** The same faults in both directions, and no others. */
  set(faults: Partial<Faults>): void {
    this.out.set(faults)
    this.back.set(faults)
  }

  /** No faults any more; what was held goes on its way. */
  heal(): void {
    this.set({})
  }

  /** Ends all connections at once, as a router that forgets them: both ends are told, and what is under way is lost. */
  reset(): void {
    for (const connection of this.#connections) connection.reset()
  }

  async close(): Promise<void> {
    this.reset()
    this.#server.close()
    await once(this.#server, "close")
  }

  #accept(near: Socket): void {
    if (this.#target === undefined) {
      near.resetAndDestroy()
      return
    }
    const connection = new Connection(near, this.#target, this, () => this.#connections.delete(connection))
    this.#connections.add(connection)
  }
}

/** One connection: two sockets, and what is under way between them. */
class Connection {
  readonly #near: Socket
  readonly #target: number
  readonly #out: Conveyor
  readonly #back: Conveyor
  readonly #over: () => void
  #far: Socket | undefined

  /** @param over - called when both ends are closed */
  constructor(near: Socket, target: number, { out, back }: { readonly out: FaultLine; readonly back: FaultLine }, over: () => void) {
    this.#near = near
    this.#target = target
    this.#over = over
    this.#out = new Conveyor(out, {
      deliver: (parcel) => this.#toFar(parcel),
      wants: (more) => void (more ? near.resume() : near.pause()),
    })
    this.#back = new Conveyor(back, {
      deliver: (parcel) => deliver(near, parcel),
      wants: (more) => void (more ? this.#far?.resume() : this.#far?.pause()),
    })
    this.#out.take("begin")
    bring(near, this.#out, this.#back)
    near.once("close", () => this.#checkOver())
  }

  reset(): void {
    this.#out.destroy()
    this.#back.destroy()
    this.#near.resetAndDestroy()
    this.#far?.resetAndDestroy()
  }

  #toFar(parcel: Parcel): boolean {
    if (parcel !== "begin") return deliver(this.#far!, parcel)
    const far = connect({ port: this.#target, host: "127.0.0.1", allowHalfOpen: true })
    this.#far = far
    bring(far, this.#back, this.#out)
    far.once("close", () => this.#checkOver())
    return true
  }

  #checkOver(): void {
    // Who gave up while a cut held the beginning was never heard at the other end.
    if (!this.#near.destroyed || !(this.#far?.destroyed ?? true)) return
    this.#out.destroy()
    this.#back.destroy()
    this.#over()
  }
}

/** What `socket` says goes onto `conveyor`; room for what it is told, to `other`. */
function bring(socket: Socket, conveyor: Conveyor, other: Conveyor): void {
  socket.setNoDelay(true)
  socket.on("data", (bytes: Buffer) => conveyor.take({ bytes }))
  socket.on("drain", () => other.resume())
  socket.once("end", () => conveyor.take("end"))
  // A reset, a refused connection: the other end hears of it behind what was said before.
  socket.on("error", () => conveyor.take("gone"))
}

/** @returns whether more may be delivered at once */
function deliver(socket: Socket, parcel: Parcel): boolean {
  if (socket.destroyed) return true
  if (parcel === "end") socket.end()
  else if (parcel === "gone") socket.resetAndDestroy()
  else if (parcel !== "begin") return socket.write(parcel.bytes)
  return true
}
