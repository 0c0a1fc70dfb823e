import {
  assignNumber,
  labelBase,
  labelKey,
  labelProblem,
  MAX_ESCAPED_NAME_LENGTH,
  MAX_NUMBERED_VERSIONS,
  moveLabel,
  parseLabelKey,
  parsePromptNameKey,
  promptNameKey,
  protectLabel,
  publishedName,
  publishVersion,
  type Publication,
  type RegisterClient,
  releaseName,
  removeLabel,
  versionsKey,
  VersionNumbers,
} from "@polylogue/conversation"
import { expect, test } from "vitest"
import { seededRandom } from "./devices.ts"
import { type Fate, RegisterAuthority } from "./register-authority.ts"

const DOCUMENT = "home/prompt/p1"
const LABEL = labelKey(DOCUMENT, "production")
const NAMED = promptNameKey("home", "Greeting")
const ABSENT = { revision: null, versionId: null }

const version = (name: string): string => name.padEnd(43, "_")

function publication(registers: RegisterClient, fields: Partial<Publication> = {}): Publication {
  return {
    registers,
    workspace: "home",
    promptId: "p1",
    name: "Greeting",
    versionId: version("one"),
    label: "production",
    base: ABSENT,
    attempt: "00000000000000a1",
    stored: async () => true,
    ...fields,
  }
}

test("[CV80] a label is 1 to 36 of a few characters, and `latest` is nobody's to set", () => {
  expect([labelProblem("production"), labelProblem("v2.1_eu-west")]).toEqual([undefined, undefined])
  expect(labelProblem("a".repeat(36))).toBeUndefined()
  for (const bad of ["", "a".repeat(37), "Production", "a b", "a/b", "é", "a#b"]) expect(labelProblem(bad)).toBe("bad-form")
  expect(labelProblem("latest")).toBe("reserved")
  expect(() => labelKey(DOCUMENT, "latest")).toThrow(expect.objectContaining({ code: "bad-label" }))
  expect(() => labelKey(DOCUMENT, "a b")).toThrow(expect.objectContaining({ code: "bad-label" }))
  expect(parseLabelKey(labelKey(DOCUMENT, "eu.west"))).toEqual({ promptDocument: DOCUMENT, label: "eu.west" })
  for (const key of [versionsKey(DOCUMENT), NAMED, `${DOCUMENT}#label/latest`, `${DOCUMENT}#label/`, "nothing"]) {
    expect(parseLabelKey(key)).toBeUndefined()
  }
})

test("[CV80] a name of any script and with any signs has one key, however it was composed; none and one too long have none", () => {
  expect(promptNameKey("home", " Caf\u0065\u0301 ")).toBe(promptNameKey("home", "Café"))
  expect(promptNameKey("home", "a/b#c")).toBe("home/index#prompt-name/a%2Fb%23c")
  expect(promptNameKey("home", "挨拶")).not.toBe(promptNameKey("home", "挨"))
  expect(() => promptNameKey("home", "\ud800")).not.toThrow()
  expect(publishedName("\ud800")).toBe("\ufffd")
  expect(() => promptNameKey("home", " \n")).toThrow(expect.objectContaining({ code: "bad-name" }))
  expect(() => promptNameKey("home", "a".repeat(MAX_ESCAPED_NAME_LENGTH))).not.toThrow()
  expect(() => promptNameKey("home", "a".repeat(MAX_ESCAPED_NAME_LENGTH + 1))).toThrow(expect.objectContaining({ code: "bad-name" }))
})

test("[CV81] authors who ask at once get different numbers, none left out, and each version keeps its own", async () => {
  const authority = new RegisterAuthority()
  const ids = Array.from({ length: 20 }, (_, index) => version(`v${index}x`))
  const asked = await Promise.all(ids.map((id, index) => assignNumber(authority.client(`u${index}`), DOCUMENT, id)))
  const numbers = asked.map((answer) => (answer.outcome === "ok" ? answer.number : 0))
  expect(numbers.toSorted((a, b) => a - b)).toEqual(ids.map((_, index) => index + 1))
  const changes = authority.changes.length
  for (const [index, id] of ids.entries()) {
    expect(await assignNumber(authority.client("other"), DOCUMENT, id)).toEqual({ outcome: "ok", number: numbers[index] })
  }
  expect(authority.changes.length).toBe(changes)
  const list = VersionNumbers.read(authority.read(versionsKey(DOCUMENT)).value)
  expect(list?.find(numbers[7] ?? 0, ids)).toBe(ids[7])
  expect([list?.find(21, ids), list?.find(0, ids), list?.find(1, [])]).toEqual([undefined, undefined, undefined])
})

test("[CV81] the last number that a register holds is given, one more is refused, and a strange register is left as it is", async () => {
  const authority = new RegisterAuthority()
  const client = authority.client("ana")
  const full = Array.from({ length: MAX_NUMBERED_VERSIONS - 1 }, (_, index) => index.toString().padStart(16, "0"))
  await client.cas(versionsKey(DOCUMENT), { expected: null, value: JSON.stringify(full) })
  expect(await assignNumber(client, DOCUMENT, version("last"))).toEqual({ outcome: "ok", number: MAX_NUMBERED_VERSIONS })
  expect(authority.read(versionsKey(DOCUMENT)).value?.length).toBeLessThanOrEqual(64 * 1024)
  expect(await assignNumber(client, DOCUMENT, version("more"))).toEqual({ outcome: "refused", code: "full" })
  expect(await publishVersion(publication(client, { versionId: version("more") }))).toEqual({
    outcome: "refused",
    step: "number",
    code: "full",
  })
  for (const [index, strange] of ["{", '{"a":1}', "[1]", '["short"]', "null"].entries()) {
    const key = `home/prompt/s${index}`
    await client.cas(versionsKey(key), { expected: null, value: strange })
    expect(await assignNumber(client, key, version("one"))).toEqual({ outcome: "refused", code: "bad-list" })
    expect(authority.read(versionsKey(key)).value).toBe(strange)
  }
})

test("[CV82, I8] of two who publish from one state one wins, the other is told what stands there, and can go on from it", async () => {
  const authority = new RegisterAuthority()
  const [ana, bo] = [authority.client("ana"), authority.client("bo")]
  const first = publication(ana, { versionId: version("ana"), attempt: "00000000000000a1" })
  const second = publication(bo, { versionId: version("bo"), attempt: "00000000000000b1" })
  const outcomes = await Promise.all([publishVersion(first), publishVersion(second)])
  expect(outcomes.map(({ outcome }) => outcome).toSorted()).toEqual(["conflict", "published"])
  const lost = outcomes.find((outcome) => outcome.outcome === "conflict")
  const winner = outcomes[0]?.outcome === "published" ? first : second
  const loser = winner === first ? second : first
  expect(lost).toMatchObject({
    theirs: { versionId: winner.versionId, principal: winner === first ? "ana" : "bo", revision: authority.read(LABEL).revision },
    base: ABSENT,
  })
  if (lost?.outcome !== "conflict") throw new Error("nobody lost")
  const again = await publishVersion({ ...loser, base: lost.theirs, attempt: "00000000000000c1" })
  expect(again).toMatchObject({ outcome: "published", register: { value: loser.versionId } })
  expect(authority.changes.filter(({ key }) => key === LABEL).map(({ value }) => value)).toEqual([winner.versionId, loser.versionId])
})

test("[CV82] a version that has lost already takes no number", async () => {
  const authority = new RegisterAuthority()
  await publishVersion(publication(authority.client("ana"), { versionId: version("ana") }))
  const late = publication(authority.client("bo"), { versionId: version("bo"), attempt: "00000000000000b1" })
  expect(await publishVersion(late)).toMatchObject({ outcome: "conflict", theirs: { versionId: version("ana") } })
  expect(VersionNumbers.read(authority.read(versionsKey(DOCUMENT)).value)?.count).toBe(1)
})

test("[CV82, I8] of a hundred who publish again and again until they have, each follows the one whose version it saw", async () => {
  const authority = new RegisterAuthority()
  const won: string[] = []
  const publishUntilDone = async (name: string): Promise<void> => {
    const registers = authority.client(name)
    let base = labelBase(undefined)
    for (let round = 0; ; round++) {
      const attempt = `${name}${round}`.padStart(16, "0")
      const outcome = await publishVersion(publication(registers, { versionId: version(name), base, attempt }))
      if (outcome.outcome === "published") return
      if (outcome.outcome !== "conflict") throw new Error(outcome.outcome)
      base = outcome.theirs
    }
  }
  await Promise.all(Array.from({ length: 100 }, (_, index) => publishUntilDone(`a${index}b`)))
  for (const { key, value } of authority.changes) if (key === LABEL && value !== null) won.push(value)
  expect(new Set(won).size).toBe(100)
  expect(won.length).toBe(100)
  expect(VersionNumbers.read(authority.read(versionsKey(DOCUMENT)).value)?.count).toBe(100)
})

test("[CV83, I8] wherever a request is lost, unanswered or late, publishing again ends it, with one number and one change of the label", async () => {
  let reached = 0
  for (const fate of ["lost", "unanswered", "late"] as const satisfies readonly Fate[]) {
    for (let request = 0; ; request++) {
      const authority = new RegisterAuthority()
      authority.fates.set(request, fate)
      const mine = publication(authority.client("ana"))
      const first = await publishVersion(mine)
      // No label without a number, whatever was cut.
      if (authority.read(LABEL).value !== null) expect(authority.read(versionsKey(DOCUMENT)).value).not.toBeNull()
      if (authority.requests <= request) {
        expect(first.outcome).toBe("published")
        break
      }
      reached++
      expect(first.outcome).toBe("unavailable")
      expect(await publishVersion(mine)).toMatchObject({ outcome: "published", number: 1, register: { value: mine.versionId } })
      expect(authority.changes.map(({ key }) => key).toSorted()).toEqual([LABEL, versionsKey(DOCUMENT), NAMED].toSorted())
    }
  }
  // Three questions, the name, the number and the label, each in three ways.
  expect(reached).toBe(18)
})

test("[CV83, I8] seeded: authors whose requests are cut anyhow publish each once, and none is overrun", async () => {
  let cut = 0
  for (let seed = 1; seed <= 60; seed++) {
    const random = seededRandom(seed)
    const authority = new RegisterAuthority()
    for (let request = 0; request < 400; request++) {
      if (random() < 0.25) authority.fates.set(request, (["lost", "unanswered", "late"] as const)[Math.floor(random() * 3)] ?? "lost")
    }
    const believed: string[] = []
    const author = async (name: string): Promise<void> => {
      let base = labelBase(undefined)
      let attempt = 0
      for (let round = 0; round < 200; round++) {
        const id = `${name}${attempt}`.padStart(16, "0")
        const outcome = await publishVersion(publication(authority.client(name), { versionId: version(name), base, attempt: id }))
        if (outcome.outcome === "unavailable") cut++
        else if (outcome.outcome === "conflict") {
          base = outcome.theirs
          attempt++
        } else if (outcome.outcome === "published") {
          believed.push(version(name))
          return
        }
      }
      throw new Error(`seed ${seed}: ${name} never published`)
    }
    await Promise.all(["ana1", "bob2", "cyd3", "dan4"].map(author))
    const set = authority.changes.filter(({ key }) => key === LABEL).map(({ value }) => value)
    expect(set.length, `seed ${seed}`).toBe(4)
    expect(new Set(set), `seed ${seed}`).toEqual(new Set(believed))
    const numbers = VersionNumbers.read(authority.read(versionsKey(DOCUMENT)).value)
    expect(numbers?.count, `seed ${seed}`).toBe(4)
  }
  expect(cut).toBeGreaterThan(100)
})

test("[CV83] nothing is asked of the authority before a relay has the version, and a label is not set for who changed their mind", async () => {
  const authority = new RegisterAuthority()
  const client = authority.client("ana")
  expect(await publishVersion(publication(client, { stored: async () => false }))).toEqual({ outcome: "unavailable", step: "record" })
  expect(authority.requests).toBe(0)
  let asked = 0
  expect(await publishVersion(publication(client, { wanted: () => ++asked < 2 }))).toEqual({ outcome: "unwanted" })
  expect(authority.read(LABEL).value).toBeNull()
  expect(await publishVersion(publication(client, { label: null }))).toEqual({ outcome: "published", number: 1, register: undefined })
})

test("[CV83] when the authority has forgotten the attempt, what it did is still found", async () => {
  const authority = new RegisterAuthority()
  const mine = publication(authority.client("ana"))
  await publishVersion(mine)
  authority.forgetAttempts()
  const changes = authority.changes.length
  expect(await publishVersion(mine)).toMatchObject({ outcome: "published", number: 1 })
  expect(authority.changes.length).toBe(changes)
})

test("[CV84] a name belongs to the prompt that was published under it first", async () => {
  const authority = new RegisterAuthority()
  await publishVersion(publication(authority.client("ana")))
  const other = publication(authority.client("bo"), { promptId: "p2", name: "Greeting " })
  expect(await publishVersion(other)).toEqual({ outcome: "name-taken", by: "p1" })
  expect(authority.read(labelKey("home/prompt/p2", "production")).value).toBeNull()
  expect(await publishVersion({ ...other, name: "Farewell" })).toMatchObject({ outcome: "published", number: 1 })
  expect(await publishVersion({ ...other, name: " " })).toEqual({ outcome: "refused", step: "name", code: "bad-name" })
  expect(await publishVersion({ ...other, label: "Latest" })).toEqual({ outcome: "refused", step: "label", code: "bad-label" })
})

test("[CV84] a name that a prompt gives up is free for another; one that it does not have is left as it is", async () => {
  const authority = new RegisterAuthority()
  const [ana, bo] = [authority.client("ana"), authority.client("bo")]
  await publishVersion(publication(ana))
  const release = { registers: ana, workspace: "home", promptId: "p1", name: " Greeting" }
  expect(await releaseName({ ...release, promptId: "p2" })).toEqual({ outcome: "released" })
  expect(authority.read(NAMED).value).toBe("p1")
  expect(await releaseName({ ...release, registers: authority.client("eve", { mayWrite: false }) })).toEqual({
    outcome: "refused",
    code: "forbidden",
  })
  // Lost after it took effect: asked again, it is found done.
  authority.fates.set(authority.requests + 1, "unanswered")
  expect(await releaseName(release)).toEqual({ outcome: "unavailable" })
  expect(await releaseName(release)).toEqual({ outcome: "released" })
  const other = publication(bo, { promptId: "p2" })
  expect(await publishVersion(other)).toMatchObject({ outcome: "published" })
  expect(await releaseName(release)).toEqual({ outcome: "released" })
  expect(authority.read(NAMED).value).toBe("p2")
  expect(authority.read(LABEL).value).not.toBeNull()
  await expect(releaseName({ ...release, name: "" })).rejects.toMatchObject({ code: "bad-name" })
})

test("[CV84] giving a name up takes it from nobody who came between", async () => {
  const authority = new RegisterAuthority()
  const registers = authority.client("ana")
  await publishVersion(publication(registers))
  const between = (value: string): void => {
    authority.before = ({ key, cas }) => {
      if (!cas || key !== NAMED) return
      authority.before = () => {}
      authority.registers.set(NAMED, { ...authority.read(NAMED), value, revision: `00000000000000bb:${value}` })
    }
  }
  const release = { registers, workspace: "home", promptId: "p1", name: "Greeting" }
  between("p1")
  expect(await releaseName(release)).toEqual({ outcome: "unavailable" })
  between("p2")
  expect(await releaseName(release)).toEqual({ outcome: "released" })
  expect(authority.read(NAMED).value).toBe("p2")
})

test("[CV80] the register of a name says which one, and no other register does", () => {
  expect(parsePromptNameKey(promptNameKey("home", "a/b#c %"))).toEqual({ indexDocument: "home/index", name: "a/b#c %" })
  for (const key of [LABEL, versionsKey(DOCUMENT), "home/index#prompt-name/", "home/index#prompt-name/%E0", "prompt-name/a"]) {
    expect(parsePromptNameKey(key)).toBeUndefined()
  }
})

test("[CV84] a name that two prompts reserve at once is one prompt's", async () => {
  const authority = new RegisterAuthority()
  const two = ["p1", "p2"].map((id) => publication(authority.client(id), { promptId: id, versionId: version(id) }))
  const outcomes = await Promise.all(two.map((each) => publishVersion(each)))
  expect(outcomes.map(({ outcome }) => outcome).toSorted()).toEqual(["name-taken", "published"])
})

test("[CV84] who may not set a protected label is refused, with number and name kept; who may does, and only owners lift it", async () => {
  const authority = new RegisterAuthority()
  const [owner, editor] = [authority.client("olga"), authority.client("ed", { mayGuard: false })]
  expect(await protectLabel(owner, DOCUMENT, "production", true)).toMatchObject({
    outcome: "done",
    register: { guarded: true, value: null },
  })
  const mine = publication(editor)
  expect(await publishVersion(mine)).toEqual({ outcome: "refused", step: "label", code: "forbidden" })
  expect(VersionNumbers.read(authority.read(versionsKey(DOCUMENT)).value)?.numberOf(mine.versionId)).toBe(1)
  expect(await protectLabel(editor, DOCUMENT, "production", false)).toEqual({ outcome: "refused", code: "forbidden" })
  expect(await publishVersion({ ...mine, label: "staging" })).toMatchObject({ outcome: "published", number: 1 })
  expect(await publishVersion({ ...mine, registers: owner, attempt: "00000000000000f1" })).toMatchObject({
    outcome: "published",
    register: { guarded: true },
  })
  expect(await protectLabel(owner, DOCUMENT, "production", false)).toMatchObject({ outcome: "done", register: { value: mine.versionId } })
  const reader = authority.client("rita", { mayWrite: false })
  expect(await publishVersion(publication(reader, { versionId: version("rita"), base: labelBase(authority.read(LABEL)) }))).toEqual({
    outcome: "refused",
    step: "number",
    code: "forbidden",
  })
})

test("[CV84] protecting a label keeps the version that others give it meanwhile", async () => {
  const authority = new RegisterAuthority()
  const owner = authority.client("olga")
  let once = true
  authority.before = ({ key, cas }) => {
    if (!cas || !once || key !== LABEL) return
    once = false
    authority.registers.set(LABEL, { ...authority.read(LABEL), value: version("ed"), revision: "00000000000000bb:1" })
  }
  expect(await protectLabel(owner, DOCUMENT, "production", true)).toMatchObject({
    outcome: "done",
    register: { guarded: true, value: version("ed") },
  })
})

test("[CV84] a label moves to a version with a number, and away, from where it was seen only", async () => {
  const authority = new RegisterAuthority()
  const registers = authority.client("ana")
  const change = { registers, promptDocument: DOCUMENT, label: "staging", base: ABSENT, attempt: "00000000000000d1" }
  expect(await moveLabel({ ...change, versionId: version("one") })).toEqual({ outcome: "refused", code: "no-number" })
  await publishVersion(publication(registers))
  expect(await moveLabel({ ...change, versionId: version("one") })).toMatchObject({ outcome: "done", register: { value: version("one") } })
  const held = labelBase(authority.read(labelKey(DOCUMENT, "staging")))
  expect(await removeLabel({ ...change, attempt: "00000000000000d2" })).toMatchObject({
    outcome: "conflict",
    register: { value: version("one") },
  })
  expect(await removeLabel({ ...change, base: held, attempt: "00000000000000d3" })).toMatchObject({
    outcome: "done",
    register: { value: null },
  })
  authority.fates.set(authority.requests + 1, "unanswered")
  const again = { ...change, versionId: version("one"), attempt: "00000000000000d4" }
  expect(await moveLabel(again)).toEqual({ outcome: "unavailable" })
  expect(await moveLabel(again)).toMatchObject({ outcome: "done" })
})
