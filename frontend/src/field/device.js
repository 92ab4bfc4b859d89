// The phone's key and its chain of signed actions; certificates of other phones.
import { base64, bytesOf, canonical, fromBase64, fromHex, hex, sha256, uuid5, uuid7 } from "./canonical.js";
import * as store from "./store.js";

const KEY = { name: "ECDSA", namedCurve: "P-256" };
const HOW = { name: "ECDSA", hash: "SHA-256" };
const VERSION = 1;
const HALF_DAY_MS = 12 * 3600 * 1000;

/** The enrolment has run out or is not there: nothing can be signed. */
export class EnrolmentOver extends Error {}

/** A new key pair, the private half of which cannot leave the browser, and what enrols it. */
export async function newKey() {
  const pair = await crypto.subtle.generateKey(KEY, false, ["sign", "verify"]);
  const id = uuid7();
  const point = hex(await crypto.subtle.exportKey("raw", pair.publicKey));
  const proof = await signed(pair.privateKey, new TextEncoder().encode(id));
  return { id, key: pair.privateKey, enrolment: { id, public_key: point, proof } };
}

const signed = async (key, bytes) => base64(await crypto.subtle.sign(HOW, key, bytes));

async function holds(publicHex, bytes, signature) {
  try {
    const key = await crypto.subtle.importKey("raw", fromHex(publicHex), KEY, false, ["verify"]);
    return await crypto.subtle.verify(HOW, key, fromBase64(signature), bytes);
  } catch {
    return false;
  }
}

/** How far this phone's clock was ahead of the server's when they last spoke, in milliseconds. */
export const clockOff = async () => (await store.get("clock_off")) ?? 0;

/** Whether the clock is wrong by half a day or more: another day. */
export const clockWrong = async () => Math.abs(await clockOff()) >= HALF_DAY_MS;

/**
 * Sign an action, add it to the chain and keep it; one at a time, also between two windows of the app.
 * Throws EnrolmentOver and StorageFull: then nothing was signed.
 */
export function sign(action) {
  return navigator.locks.request("wufei-field-chain", async () => {
    const device = await store.get("device");
    const now = Date.now();
    if (!device || Date.parse(device.expires_at) < now - (await clockOff())) throw new EnrolmentOver();
    const head = (await store.get("head")) ?? { sequence: 0, digest: "" };
    const body = {
      v: VERSION, id: uuid7(now), device: device.id, sequence: head.sequence + 1, previous: head.digest,
      at: new Date(now).toISOString(), workflow: "", case: "", rests_on: 0, after: "", transition: "", changes: {},
      reason: "", acting_for: "", place: "", ...action,
    };
    const bytes = bytesOf(body);
    const kept = { id: body.id, body, signature: await signed(device.key, bytes), state: "queued", kept: now, own: true };
    await store.append(kept, { sequence: body.sequence, digest: await sha256(bytes) });
    return kept;
  });
}

/** The number of the case that an action begins. */
export const caseNumber = (body) => uuid5(`wufei-field:${body.device}:${body.id}`);

/** Whose phone a certificate says it is; null when the server did not sign it or it has run out. */
export async function certified(certificate, authority, now = Date.now()) {
  const body = certificate?.body;
  if (!body || !(await holds(authority, bytesOf(body), certificate.signature))) return null;
  return Date.parse(body.from) - HALF_DAY_MS <= now && now <= Date.parse(body.to) ? body : null;
}

/** Whether a phone with a certificate signed the action. */
export async function authentic(action, owner) {
  if (action?.body?.device !== owner.device) return false;
  return holds(owner.key, bytesOf(action.body), action.signature);
}

export { canonical };
