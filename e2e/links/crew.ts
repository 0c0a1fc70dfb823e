import type { DocumentId } from "@polylogue/protocol"
import type { RelayProcess } from "../relay-process.ts"
import type { Random } from "../simulation/random.ts"
import { Words, WritingDevice } from "./writing-device.ts"

/** The devices of a run, some at each relay, of which each knows a second relay. Who loses their disk is replaced by somebody new. */
export class Crew {
  readonly words = new Words()
  readonly #relays: readonly RelayProcess[]
  readonly #documents: readonly DocumentId[]
  readonly #random: Random
  readonly #atEach: number
  readonly #places: WritingDevice[][]
  readonly #violations: string[] = []
  #generation = 0
  #movesOfLost = 0

  private constructor(relays: readonly RelayProcess[], documents: readonly DocumentId[], atEach: number, random: Random) {
    this.#relays = relays
    this.#documents = documents
    this.#atEach = atEach
    this.#random = random
    this.#places = relays.map(() => [])
  }

  /** `atEach` devices at each relay, which runs. */
  static async join(
    relays: readonly RelayProcess[],
    { documents, atEach, random }: { documents: readonly DocumentId[]; atEach: number; random: Random },
  ): Promise<Crew> {
    const crew = new Crew(relays, documents, atEach, random)
    for (const index of relays.keys()) await crew.replace(index)
    return crew
  }

  get devices(): readonly WritingDevice[] {
    return this.#places.flat()
  }

  /** What devices saw that must not be, those that are gone included. */
  get violations(): readonly string[] {
    return [...this.#violations, ...this.devices.flatMap((device) => device.violations)]
  }

  /** How often devices, those that are gone included, went on at another relay. */
  get moves(): number {
    return this.#movesOfLost + this.devices.reduce((sum, device) => sum + device.moves, 0)
  }

  /** Address of a relay, as devices know it. */
  urlOf(index: number): string {
    return `ws://127.0.0.1:${this.#relays[index]!.port}/sync`
  }

  /** The devices that belong to a relay lose their disks, and all that was nowhere else. */
  async lose(index: number): Promise<void> {
    const lost = this.#places[index]!
    this.#places[index] = []
    for (const device of lost) {
      this.#violations.push(...device.violations)
      this.#movesOfLost += device.moves
      await device.close()
      this.words.lose(device.name)
    }
  }

  /** New devices, that write, come to a relay that has none. */
  async replace(index: number): Promise<void> {
    const second = index + 1 < this.#relays.length ? index + 1 : 0
    const relays = [this.urlOf(index), this.urlOf(second)]
    for (let place = 0; place < this.#atEach; place++) {
      const name = `relay${index}device${this.#generation++}`
      const device = await WritingDevice.open(name, {
        relays,
        documents: this.#documents,
        random: this.#random.fork(name),
        words: this.words,
      })
      this.#places[index]!.push(device)
      device.start()
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.devices.map((device) => device.close()))
  }
}
