import { encodeUtf8 } from "lib0/string"
import { type AwarenessState, decodeAwareness, encodeAwareness, GONE, isGone } from "../src/presence/awareness-update.ts"
import type { TestBed, TestDevice } from "./test-relay.ts"

/** Somebody who has a document open at a relay: shows a name, and takes in what it is told as clients of y-protocols do. */
export class Person {
  readonly client: number
  readonly device: TestDevice
  readonly #seen = new Map<number, AwarenessState>()
  #taken = 0
  #clock: number

  private constructor(client: number, device: TestDevice, clock: number) {
    this.client = client
    this.device = device
    this.#clock = clock
  }

  /** Comes to `bed` and shows itself. */
  static async at(bed: TestBed, client: number, document = "home/conv/1", clock = 0): Promise<Person> {
    const person = await Person.silent(bed, client, document, clock)
    person.say()
    return person
  }

  /** Comes to `bed` and shows nothing. */
  static async silent(bed: TestBed, client: number, document = "home/conv/1", clock = 0): Promise<Person> {
    const device = await bed.device()
    await device.open(document)
    return new Person(client, device, clock)
  }

  get clock(): number {
    return this.#clock
  }

  /** Says something new of itself, or that it is still there. */
  say(text = `${this.client}`): void {
    this.#send({ client: this.client, clock: ++this.#clock, state: encodeUtf8(JSON.stringify({ text })) })
  }

  /** Looks no more, and goes on to have the document open. */
  hide(): void {
    this.#send({ client: this.client, clock: ++this.#clock, state: GONE })
  }

  /** Closes the document. */
  leave(): void {
    this.device.send({ type: "close", handle: 1, code: 1000, reason: "" })
  }

  /** Client ids of the others that it sees. */
  get sees(): number[] {
    return [...this.#take().values()]
      .filter((state) => !isGone(state))
      .map(({ client }) => client)
      .toSorted((left, right) => left - right)
  }

  /** What another one said last, as far as it is known here. */
  textOf(client: number): string | undefined {
    const state = this.#take().get(client)
    return state === undefined || isGone(state) ? undefined : (JSON.parse(new TextDecoder().decode(state.state)) as { text: string }).text
  }

  #take(): Map<number, AwarenessState> {
    const frames = this.device.of("awareness")
    for (const { update } of frames.slice(this.#taken))
      for (const state of decodeAwareness(update)) {
        const known = this.#seen.get(state.client)
        if (state.client === this.client || (known?.clock ?? -1) > state.clock) continue
        if (known?.clock !== state.clock || isGone(state)) this.#seen.set(state.client, state)
      }
    this.#taken = frames.length
    return this.#seen
  }

  #send(state: AwarenessState): void {
    this.device.send({ type: "awareness", handle: 1, update: encodeAwareness([state]) })
  }
}
