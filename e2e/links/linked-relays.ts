import { type DocumentId, unionVectors, type VersionVector, vectorDifference } from "@polylogue/protocol"
import { RelayProcess } from "../relay-process.ts"
import { FaultProxy } from "./fault-proxy.ts"
import { type EntrySizes, RelayProbe } from "./relay-probe.ts"

/** Which relays there are, by index, and who dials whom. */
export interface Topology {
  readonly name: string
  readonly relays: number
  readonly links: readonly (readonly [dials: number, dialled: number])[]
}

export const RING: Topology = {
  name: "ring of three",
  relays: 3,
  links: [
    [0, 1],
    [1, 2],
    [2, 0],
  ],
}

export const CHAIN: Topology = {
  name: "chain of five",
  relays: 5,
  links: [
    [0, 1],
    [1, 2],
    [3, 2],
    [4, 3],
  ],
}

/** One link, and what stands in place of its network. */
export interface ProxiedLink {
  readonly dials: number
  readonly dialled: number
  readonly proxy: FaultProxy
}

/** Real relays, each in a process of its own, that are linked by way of proxies; a probe listens at each. */
export class LinkedRelays {
  readonly relays: readonly RelayProcess[]
  readonly links: readonly ProxiedLink[]
  readonly probes: readonly RelayProbe[]
  /** Of all that any relay showed. */
  readonly sizes: EntrySizes = new Map()
  readonly #documents: readonly DocumentId[]

  private constructor(relays: readonly RelayProcess[], links: readonly ProxiedLink[], documents: readonly DocumentId[]) {
    this.relays = relays
    this.links = links
    this.#documents = documents
    this.probes = relays.map(({ port }) => {
      const probe = new RelayProbe(`ws://127.0.0.1:${port}/sync`, documents, this.sizes)
      probe.open()
      return probe
    })
  }

  /** All relays of `topology` over empty folders. `seed` is the luck of the proxies; probes listen to `documents`. */
  static async start(
    topology: Topology,
    { seed, documents, limits }: { seed: string; documents: readonly DocumentId[]; limits: Readonly<Record<string, number>> },
  ): Promise<LinkedRelays> {
    const links = await Promise.all(
      topology.links.map(async ([dials, dialled]) => ({
        dials,
        dialled,
        proxy: await FaultProxy.open(`${seed}/${dials}-${dialled}`),
      })),
    )
    const relays = await Promise.all(
      Array.from({ length: topology.relays }, (_, index) => {
        const peers = links.filter(({ dials }) => dials === index).flatMap(({ proxy }) => ["--peer", `ws://127.0.0.1:${proxy.port}/sync`])
        const flags = ["--limits", JSON.stringify(limits), ...peers]
        return RelayProcess.start({ command: "relay", flags })
      }),
    )
    for (const { dialled, proxy } of links) proxy.target = relays[dialled]!.port
    return new LinkedRelays(relays, links, documents)
  }

  /** What is missing of `vectors` anywhere, in words. */
  lacking(vectors: ReadonlyMap<DocumentId, VersionVector>): string[] {
    return this.probes.flatMap((probe, index) => {
      if (!probe.connected) return [`relay ${index} does not answer`]
      return [...vectors].flatMap(([documentId, vector]) =>
        vectorDifference(vector, probe.vector(documentId)).map(
          ({ log, from, to }) => `relay ${index} lacks ${log}:${from}-${to} of ${documentId}`,
        ),
      )
    })
  }

  /** What any relay has, as far as it has shown. */
  known(): ReadonlyMap<DocumentId, VersionVector> {
    return new Map(
      this.#documents.map((documentId) => [documentId, this.probes.map((probe) => probe.vector(documentId)).reduce(unionVectors)]),
    )
  }

  /** Relays that do not answer, and where they have not the same, in words. */
  differences(): string[] {
    const silent = this.probes.flatMap(({ connected }, index) => (connected ? [] : [`relay ${index} does not answer`]))
    const show = (vector: VersionVector): string =>
      [...vector]
        .filter(([, seq]) => seq > 0)
        .map(([log, seq]) => `${log}:${seq}`)
        .sort()
        .join(" ")
    const different = this.#documents.flatMap((documentId) => {
      const shown = this.probes.map((probe) => show(probe.vector(documentId)))
      return shown.flatMap((vector, index) =>
        vector === shown[0] ? [] : [`${documentId}: relay 0 has ${shown[0]}, relay ${index} has ${vector}`],
      )
    })
    return [...silent, ...different]
  }

  /** Bytes that arrived over all links so far, in both directions. */
  get bytes(): number {
    return this.links.reduce((sum, { proxy }) => sum + proxy.bytes, 0)
  }

  async close(): Promise<void> {
    for (const probe of this.probes) probe.close()
    await Promise.all(this.relays.map((relay) => relay.dispose()))
    await Promise.all(this.links.map(({ proxy }) => proxy.close()))
  }
}
