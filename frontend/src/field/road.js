// The check on the road without a network: a driver's signed code against the keys that the phone took along.
import { fromHex, hex } from "./canonical.js";
import { NotOurs, Untrusted, from64 } from "./handshake.js";

const HEAD = "WUFEI-ROAD1"; // wufei.journal.standalone_papers.ROAD
const ALGORITHMS = { ed25519: { name: "Ed25519" } };

/** Whether a text is such a code, whole or not. */
export const isRoad = (text) => text.trim().startsWith(`${HEAD}.`);

function read(text) {
  try {
    const [, algorithm, ...rest] = text.trim().split(".");
    const [body, open, signature] = rest.map(from64);
    const told = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
    if (rest.length === 3 && Number.isFinite(told.until) && Array.isArray(told.wastes)) {
      return { algorithm, body, open: hex(open), signature, told };
    }
  } catch { /* told below */ }
  throw new NotOurs("road");
}

function message(body) {
  const head = new TextEncoder().encode(`${HEAD}\n`);
  const whole = new Uint8Array(head.length + body.length);
  whole.set(head);
  whole.set(body, head.length);
  return whole;
}

async function holds(algorithm, key, { body, signature }) {
  const how = ALGORITHMS[algorithm];
  let ready;
  try {
    ready = await crypto.subtle.importKey("raw", fromHex(key.public_key), how, false, ["verify"]);
  } catch { // no such algorithm here: SM2, or Ed25519 in a browser older than it
    throw new Untrusted("road_algorithm");
  }
  return crypto.subtle.verify(how, ready, signature, message(body));
}

/**
 * What a driver's code says and the key that signed it, when one of `keys` did and it is not over at `now`
 * (milliseconds). Throws NotOurs for what cannot be read, Untrusted for what does not hold.
 */
export async function checkRoad(text, keys, now) {
  const code = read(text);
  const key = keys.find((each) => each.public_key === code.open && each.algorithm === code.algorithm);
  if (!key) throw new Untrusted("road_key_unknown");
  if (!(await holds(code.algorithm, key, code))) throw new Untrusted("road_signature_wrong");
  if (now > code.told.until * 1000) throw new Untrusted("road_over");
  return { told: code.told, key };
}
