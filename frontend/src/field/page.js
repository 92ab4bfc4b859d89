// Drawing: elements from plain calls, words in the language chosen, values as people read them.
const words = JSON.parse(document.getElementById("words").textContent);
let lang = localStorage.getItem("wufei-field-lang") === "en" ? "en" : "zh";

export const language = () => lang;

export function setLanguage(chosen) {
  lang = chosen;
  localStorage.setItem("wufei-field-lang", chosen);
  document.documentElement.lang = chosen === "en" ? "en" : "zh-CN";
}

/** The words of a key, with {names} filled in. */
export const t = (key, values = {}) =>
  (words[lang][key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

/** What something declared is called. */
export const named = (item) => (lang === "en" && item?.en) || item?.zh || item?.id || "";

/** An element: h("p", {class: "lead"}, "text", other); on… are listeners. */
export function h(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

export const button = (text, onclick, more = {}) => h("button", { type: "button", class: "big", onclick, ...more }, text);

const G_PER = { kg: 3, t: 6 };

/** Grams of a mass typed in kg or t; throws a RangeError for what is none. */
export function grams(text, unit) {
  const found = /^(\d{1,9})(?:\.(\d*))?$/.exec(text.trim());
  if (!found) throw new RangeError(text);
  const places = (found[2] ?? "").replace(/0+$/, "");
  if (places.length > G_PER[unit]) throw new RangeError(text);
  return Number(found[1] + places.padEnd(G_PER[unit], "0"));
}

/** A mass in kg, or t from a tonne on, exactly. */
export function mass(g) {
  const [unit, digits] = g >= 1e6 ? ["t", 6] : ["kg", 3];
  const text = String(g).padStart(digits + 1, "0");
  const rest = text.slice(-digits).replace(/0+$/, "");
  return { number: text.slice(0, -digits) + (rest && `.${rest}`), unit };
}

/** An instant as the clock on the wall says it. */
export function moment(at) {
  const d = new Date(at);
  const two = (n) => String(n).padStart(2, "0");
  return Number.isNaN(d.getTime()) ? "" : `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${two(d.getHours())}:${two(d.getMinutes())}`;
}

/** The value of a field as people read it. */
export function shown(field, value, names) {
  if (value === null || value === undefined || value === "") return "";
  if (field.type === "mass") return Object.values(mass(value)).join(" ");
  if (field.type === "choice") return named((field.options ?? []).find((o) => o.id === value)) || String(value);
  if (field.type === "yes_no") return t(value ? "yes" : "no");
  if (field.type === "moment") return moment(value);
  return names[value] ? named(names[value]) : String(value);
}

/** What a named error says, with its remedy. */
export function errorLines(error) {
  if (!error) return [];
  const one = (e) => [lang === "en" ? e.en : e.zh, lang === "en" ? e.remedy_en : e.remedy_zh].filter(Boolean).join(" ") || t(e.code);
  return (error.errors ?? [error]).map(one);
}
