import { type FrameType, LINK_PROTOCOL_VERSION } from "@polylogue/protocol"
import { RelayError } from "../errors.ts"

/*
 *   who dials          hello ──> welcomed ── link ──────────────> a link
 *   who is dialled     welcome ─────────────────────── link ────> a link
 */

/** What a relay that was dialled may say between `welcome` and its `link`, beside ending the session: until then it is nobody. */
const BEFORE_LINK: ReadonlySet<FrameType> = new Set<FrameType>(["link", "ping", "pong"])

/** A frame comes from a relay that was dialled and has not said `link`. @throws RelayError `bad-frame` */
export function admitBeforeLink(type: FrameType): void {
  if (!BEFORE_LINK.has(type)) throw new RelayError("bad-frame", `${type} before link`)
}

/** The other end of what is to be a link speaks `version`. @throws RelayError `unsupported-version` */
export function admitVersion(version: number): void {
  if (version < LINK_PROTOCOL_VERSION)
    throw new RelayError("unsupported-version", `links take version ${LINK_PROTOCOL_VERSION}, the other relay speaks ${version}`)
}
