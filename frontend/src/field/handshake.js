// Two phones with no network between them and the server: what one signed goes to the other as QR codes, and back.
import { bytesOf, canonical, sha256 } from "./canonical.js";
import { authentic, certified } from "./device.js";
import { after, judge } from "./rules.js";
import * as store from "./store.js";

const PART = 420; // characters in one code: read by a phone's camera from another phone's screen
const HEAD = "WF1";
const SENT = new Set(["applied", "already"]);

/** A code that is torn, of something else, or of another hand-over. */
export class NotOurs extends Error {}
/** A bundle that does not hold: `code` says why. */
export class Untrusted extends Error {
  constructor(code, values = {}) {
    super(code);
    this.code = code;
    this.values = values;
  }
}

const url64 = (bytes) => btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join("")).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
/** Bytes of base64 as addresses write it. */
export const from64 = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));

async function through(stream, bytes) {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

/** The texts of the codes that carry plain data: WF1.<hash>.<n>.<of>.<part>. */
export async function parts(plain) {
  const bytes = bytesOf(plain);
  const name = (await sha256(bytes)).slice(0, 16);
  const whole = url64(await through(new CompressionStream("deflate-raw"), bytes));
  const of = Math.ceil(whole.length / PART);
  return Array.from({ length: of }, (_, n) => [HEAD, name, n + 1, of, whole.slice(n * PART, (n + 1) * PART)].join("."));
}

/** Collects parts in any order; a part of another bundle begins anew. `add` gives the data once all are there. */
export class Collector {
  constructor() {
    this.name = "";
    this.found = new Map();
    this.of = 0;
  }

  /** Throws NotOurs; null until the bundle is whole. */
  async add(text) {
    const found = /^WF1\.([0-9a-f]{16})\.(\d{1,3})\.(\d{1,3})\.([\w-]+)$/.exec(text.trim());
    if (!found || Number(found[2]) > Number(found[3])) throw new NotOurs(text.slice(0, 20));
    if (found[1] !== this.name) Object.assign(this, { name: found[1], found: new Map(), of: Number(found[3]) });
    this.found.set(Number(found[2]), found[4]);
    if (this.found.size < this.of) return null;
    const whole = Array.from({ length: this.of }, (_, n) => this.found.get(n + 1)).join("");
    try {
      const bytes = await through(new DecompressionStream("deflate-raw"), from64(whole));
      const plain = JSON.parse(new TextDecoder().decode(bytes));
      if ((await sha256(bytesOf(plain))).slice(0, 16) === this.name) return plain;
    } catch { /* told below */ }
    throw new NotOurs("torn");
  }
}

/** What goes to the other phone: the case as it was taken along, and everything signed on it that is not yet sent. */
export async function bundle(pack, one) {
  const device = await store.get("device");
  const known = (await store.get("certificates")) ?? {};
  const actions = one.shared.filter((action) => !SENT.has(action.state));
  const base = pack.cases.find((c) => c.id === one.id) ?? ((await store.get("offered")) ?? []).find((c) => c.id === one.id) ?? null;
  const certificates = [...new Set(actions.map((a) => a.body.device))].map((id) => (id === device.id ? device.certificate : known[id]));
  const names = Object.fromEntries(Object.entries(pack.names).filter(([id]) => canonical(one.values).includes(`"${id}"`)));
  return { v: 1, case: base, actions: actions.map(({ body, signature }) => ({ body, signature })),
    certificates: certificates.filter(Boolean), names };
}

/**
 * Look at a bundle of the other phone and keep what it signed. Every certificate must be the server's, every action its
 * owner's, and every step one that the rules allow. Throws Untrusted; then nothing is kept.
 */
export async function accept(pack, plain) {
  if (plain?.v !== 1 || !Array.isArray(plain.actions) || !plain.actions.length) throw new Untrusted("bundle_empty");
  const owners = new Map();
  for (const certificate of plain.certificates ?? []) {
    const owner = await certified(certificate, pack.authority);
    if (!owner) throw new Untrusted("certificate_wrong");
    owners.set(owner.device, { owner, certificate });
  }
  const mine = new Set((await store.actions()).map((action) => action.id));
  for (const action of plain.actions) {
    const owner = owners.get(action?.body?.device)?.owner;
    if (!owner || !(await authentic(action, owner))) throw new Untrusted("signature_wrong");
  }
  allowed(pack, plain, owners);
  await keep(pack, plain, owners, mine);
  return plain.actions.filter((action) => !mine.has(action.body.id));
}

/** The steps one after the other by the declared rules, from the case as the other phone took it along. */
function allowed(pack, plain, owners) {
  let one = plain.case ? { ...plain.case } : null;
  for (const { body } of plain.actions) {
    const kind = pack.kinds[body.workflow];
    const step = kind?.workflow.transitions.find((t) => t.id === body.transition);
    if (!step) throw new Untrusted("step_unknown");
    one ??= { values: {}, state: kind.workflow.start, taken: [], no: 0, opened_on: body.at.slice(0, 10) };
    const { owner } = owners.get(body.device);
    const signer = { org: body.acting_for || owner.org, role: owner.role, also: [] };
    if (!step.leaves.includes(one.state)) throw new Untrusted("step_not_open");
    const errors = judge(kind, one, step, body.changes, signer, one.opened_on, body.reason);
    if (errors.length) throw new Untrusted(errors[0].code);
    one = { ...one, values: after(kind, step, one.values, body.changes), state: step.enters, taken: [...one.taken, step.id], no: one.no + 1 };
  }
}

async function keep(pack, plain, owners, mine) {
  const certificates = (await store.get("certificates")) ?? {};
  for (const [id, { certificate }] of owners) certificates[id] = certificate;
  await store.put("certificates", certificates);
  if (plain.case && !pack.cases.some((c) => c.id === plain.case.id)) {
    const others = ((await store.get("offered")) ?? []).filter((c) => c.id !== plain.case.id);
    await store.put("offered", [...others, plain.case]);
  }
  await store.put("pack", { ...pack, names: { ...plain.names, ...pack.names } });
  const now = Date.now();
  for (const [n, action] of plain.actions.entries()) {
    if (mine.has(action.body.id)) continue;
    await store.putAction({ id: action.body.id, ...action, state: "queued", kept: now + n / 1000, own: false });
  }
}
