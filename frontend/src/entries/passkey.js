// Passkeys: asks our server for options, the device for a signature, and hands it back. Without it, codes still work.
const box = document.querySelector("[data-passkey]");

const token = () => box.querySelector("input[name=csrfmiddlewaretoken]").value;

const post = async (address, body) => {
  const headers = { "Content-Type": "application/json", "X-CSRFToken": token() };
  const response = await fetch(address, { method: "POST", headers, body: JSON.stringify(body), credentials: "same-origin" });
  const said = await response.json();
  if (!response.ok) throw Object.assign(new Error(said.text), { said });
  return said;
};

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const keys = (list) => (list ?? []).map((key) => ({ ...key, id: bytes(key.id) }));

const read = (options) => ({
  ...options,
  challenge: bytes(options.challenge),
  ...(options.user && { user: { ...options.user, id: bytes(options.user.id) } }),
  ...(options.excludeCredentials && { excludeCredentials: keys(options.excludeCredentials) }),
  ...(options.allowCredentials && { allowCredentials: keys(options.allowCredentials) }),
});

const written = (made) => {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (made.response[name]) response[name] = text(made.response[name]);
  }
  return { id: made.id, rawId: text(made.rawId), type: made.type, response, clientExtensionResults: {} };
};

const refuse = (error) => {
  const shown = box.querySelector("[data-passkey-error]");
  shown.querySelector("p").textContent = error.said ? `${error.said.text} ${error.said.remedy}` : box.dataset.failed;
  shown.hidden = false;
};

const go = async () => {
  const { purpose, options, answer, next } = box.dataset;
  const { publicKey } = await post(options, {});
  const asked = { publicKey: read(publicKey) };
  const made = await (purpose === "add" ? navigator.credentials.create(asked) : navigator.credentials.get(asked));
  const label = box.querySelector("input[name=passkey_label]")?.value ?? "";
  const said = await post(`${answer}?next=${encodeURIComponent(next)}`, { answer: written(made), label });
  if (said.codes?.length) {
    const list = box.querySelector("[data-passkey-codes]");
    for (const code of said.codes) list.querySelector("ul").append(Object.assign(document.createElement("li"), { textContent: code }));
    list.hidden = false;
    return;
  }
  location.assign(said.next ?? location.pathname);
};

if (box && window.PublicKeyCredential) {
  box.hidden = false;
  box.querySelector("button").addEventListener("click", () => go().catch(refuse));
}
