// The one way to write plain data for a signature, as wufei.registry.canonical_json writes it: keys sorted by code
// point, no spaces, whole numbers only, no lone surrogates.

/** Order of two texts by their code points (JavaScript's own order goes by UTF-16 units). */
export function byCodePoint(one, other) {
  const a = Array.from(one, (c) => c.codePointAt(0));
  const b = Array.from(other, (c) => c.codePointAt(0));
  for (let n = 0; n < Math.min(a.length, b.length); n += 1) {
    if (a[n] !== b[n]) return a[n] - b[n];
  }
  return a.length - b.length;
}

/** The canonical text of plain data; throws a RangeError for what has none. */
export function canonical(plain) {
  if (plain === null || typeof plain === "boolean") return JSON.stringify(plain);
  if (typeof plain === "string") {
    if (!plain.isWellFormed()) throw new RangeError("surrogate");
    return JSON.stringify(plain);
  }
  if (typeof plain === "number") {
    if (!Number.isSafeInteger(plain)) throw new RangeError("number");
    return Object.is(plain, -0) ? "0" : String(plain);
  }
  if (Array.isArray(plain)) return `[${plain.map(canonical).join(",")}]`;
  if (typeof plain !== "object") throw new RangeError(typeof plain);
  const keys = Object.keys(plain).sort(byCodePoint);
  return `{${keys.map((key) => `${canonical(key)}:${canonical(plain[key])}`).join(",")}}`;
}

/** The bytes that are signed. */
export const bytesOf = (plain) => new TextEncoder().encode(canonical(plain));

export const hex = (bytes) => Array.from(new Uint8Array(bytes), (b) => b.toString(16).padStart(2, "0")).join("");

export const fromHex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

export const base64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));

export const fromBase64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

/** SHA-256 of bytes, hexadecimal. */
export const sha256 = async (bytes) => hex(await crypto.subtle.digest("SHA-256", bytes));

const URL_SPACE = "6ba7b8119dad11d180b400c04fd430c8";

/** The UUID (version 5, name space URL) of a text; the server names records alike. */
export async function uuid5(name) {
  const text = new TextEncoder().encode(name);
  const whole = new Uint8Array(16 + text.length);
  whole.set(fromHex(URL_SPACE));
  whole.set(text, 16);
  return written(new Uint8Array(await crypto.subtle.digest("SHA-1", whole)).slice(0, 16), 5);
}

/** A new UUID of version 7: the time in milliseconds, then chance. */
export function uuid7(now = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let n = 5, left = now; n >= 0; n -= 1, left = Math.floor(left / 256)) bytes[n] = left % 256;
  return written(bytes, 7);
}

function written(bytes, version) {
  bytes[6] = (bytes[6] & 0x0f) | (version << 4);
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const text = hex(bytes);
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join("-");
}
