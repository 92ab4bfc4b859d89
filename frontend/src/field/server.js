// Speaking with the server, when there is a network: enrol, take along, send what was signed.
import { newKey } from "./device.js";
import * as store from "./store.js";

const API = "/api/v1/field";
const BATCH = 200;
const DONE = new Set(["applied", "already"]);

/** The session is over: sign in again; what is queued stays. */
export class SignInNeeded extends Error {}
/** The server refused by name: {code, zh, en, remedy_zh, remedy_en}. */
export class Refused extends Error {
  constructor(said) {
    super(said.code);
    this.said = said;
  }
}

async function ask(path, body) {
  const headers = body ? { "Content-Type": "application/json", "X-CSRFToken": (await store.get("csrf")) ?? "" } : {};
  const answer = await fetch(API + path, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body),
    credentials: "same-origin", redirect: "error", cache: "no-store" });
  const said = await answer.json();
  if (answer.status === 401) throw new SignInNeeded();
  if (!answer.ok) throw new Refused(said);
  return said;
}

/** Take along everything that three days without a network need. Keeps how wrong this clock is. */
export async function takeAlong() {
  const begun = Date.now();
  const pack = await ask("/pack");
  const before = await store.get("pack");
  if (before && before.me.actor !== pack.me.actor && (await store.actions()).length) {
    throw new Refused({ code: "another_person" });
  }
  await store.put("csrf", pack.csrf);
  delete pack.csrf;
  await store.put("clock_off", (begun + Date.now()) / 2 - Date.parse(pack.at));
  await store.put("pack", pack);
  return pack;
}

/** Enrol this phone under the person's hat. */
export async function enrol(label) {
  const made = await newKey();
  const told = await ask("/devices", { ...made.enrolment, label });
  await store.put("device", { id: made.id, key: made.key, label, ...told });
  await store.put("head", { sequence: told.sequence, digest: told.head });
  return store.get("device");
}

/** Send what waits, in batches; what is acknowledged is kept as done, the rest with what the server said. */
export function send() {
  return navigator.locks.request("wufei-field-send", async () => {
    const waiting = (await store.actions()).filter((action) => !DONE.has(action.state) && action.state !== "dropped");
    const device = await store.get("device");
    const told = [];
    for (let start = 0; start < waiting.length; start += BATCH) {
      const batch = waiting.slice(start, start + BATCH);
      const actions = batch.map(({ body, signature }) => ({ body, signature }));
      const said = await ask("/sync", { device: device?.id ?? null, device_at: new Date().toISOString(), actions });
      for (const [n, outcome] of said.outcomes.entries()) {
        await store.putAction({ ...batch[n], state: outcome.outcome, error: outcome.error, case: outcome.case, no: outcome.no });
        told.push(outcome);
      }
    }
    return told;
  });
}

/** Forget what stands and on which nothing unsent rests. */
export async function tidy() {
  const all = await store.actions();
  const needed = new Set(all.filter((a) => !DONE.has(a.state)).map((a) => a.body.after));
  await store.forget(all.filter((a) => DONE.has(a.state) && !needed.has(a.id)).map((a) => a.id));
}
