// The form of one step: the fields that it asks for, and what the text typed into them means.
import { button, grams, h, language, mass, named, shown, t } from "./page.js";
import { carried, holds, same, sealing } from "./rules.js";

const PICKED = new Set(["org", "site", "storage", "facility", "vehicle", "permit", "person", "stream", "place"]);
const INPUTS = { date: "date", moment: "datetime-local" };
const list = (value) => value ?? [];

/** What cannot be read as the field wants it. */
export class Unreadable extends Error {}

/** The form element of a step; `read()` gives the changes and `tell(errors)` writes what stands against them. */
export function stepForm(pack, kind, one, step, names) {
  const start = one.begun ? one.values : carried(kind.form, step.id, one.values);
  const done = sealing(kind.workflow, one.state, one.taken);
  const readers = [];
  const boxes = kind.form.fields.map((field) =>
    field.type === "lines" ? lines(field, start[field.id]) : box(field, field.id, start[field.id], null));
  const reason = step.reason ? h("textarea", { id: "reason", name: "reason", rows: 3, maxlength: 2000 }) : null;
  const notes = h("div", { class: "notes", role: "alert" });
  const element = h("form", { class: "step", onsubmit: (event) => event.preventDefault() }, notes, boxes,
    reason && h("label", { class: "box" }, h("span", {}, `${t("reason")} *`), reason));

  function asks(field, line) {
    return list(field.required).some((r) => r.at === step.id && holds(r.when, start, line));
  }

  function may(field) {
    return !field.given && !(field.sealed_from && done.has(field.sealed_from)) &&
      (!list(field.fill).length || field.fill.includes(step.id));
  }

  function own(field, line) {
    return may(field) && (asks(field, line) || list(field.fill).includes(step.id));
  }

  function box(field, name, value, line) {
    if (!own(field, line)) return null;
    const made = input(pack, field, name, value, names);
    readers.push({ field, name, line, read: made.read });
    const must = asks(field, line) ? " *" : "";
    const help = language() === "en" ? field.help_en : field.help_zh;
    return h("label", { class: "box", "data-place": name }, h("span", {}, named(field) + must), made.element, help && h("small", {}, help));
  }

  function lines(field, held) {
    const rows = list(held).length ? held : own(field, null) ? [{}] : [];
    const group = h("div", { class: "lines" });
    const add = (row) => {
      const n = group.children.length;
      const columns = list(field.fields).map((c) => box(c, `${field.id}[${n + 1}].${c.id}`, row[c.id], row));
      const kept = list(field.fields).map((c) => own(c, row) ? "" : shown(c, row[c.id], names)).filter(Boolean).join(" · ");
      readers.push({ field, name: field.id, row: n, base: row });
      group.append(h("fieldset", {}, h("legend", {}, `${named(field)} ${n + 1}`), kept && h("p", {}, kept), columns));
    };
    rows.forEach(add);
    const grows = own(field, null);
    return group.children.length ? h("div", {}, group, grows && button(t("add_line", { what: named(field) }), () => add({}), { class: "quiet" })) : null;
  }

  function read() {
    const changes = {};
    const made = {};
    const wrong = [];
    for (const { field, name, row, base, read: value, line } of readers) {
      if (row !== undefined) {
        (made[name] ??= [])[row] = { ...base, ...(made[name]?.[row] ?? {}) };
        continue;
      }
      let typed;
      try {
        typed = value();
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error;
        wrong.push({ code: "unreadable", place: name, field });
        continue;
      }
      if (line === null) changes[name] = typed;
      else cell(made, name, typed);
    }
    for (const [name, rows] of Object.entries(made)) {
      changes[name] = rows.map((row) => Object.fromEntries(Object.entries(row).filter(([, v]) => v !== null)));
    }
    for (const name of Object.keys(changes)) {
      if (same(changes[name] ?? null, one.values[name] ?? null)) delete changes[name];
    }
    return { changes, wrong, reason: reason?.value ?? "" };
  }

  function cell(made, place, value) {
    const [, name, n, column] = /^(\w+)\[(\d+)\]\.(\w+)$/.exec(place);
    const rows = (made[name] ??= []);
    rows[n - 1] = { ...(rows[n - 1] ?? {}), [column]: value };
  }

  function tell(errors) {
    notes.replaceChildren(...errors.map((error) => {
      const label = error.field ? `${named(error.field)}：` : "";
      const number = /\[(\d+)\]/.exec(error.place)?.[1];
      return h("p", { class: "wrong" }, (number ? `${number} · ` : "") + label + t(error.code));
    }));
    for (const marked of element.querySelectorAll("[data-place]")) {
      marked.classList.toggle("bad", errors.some((error) => error.place === marked.dataset.place));
    }
    if (errors.length) notes.scrollIntoView({ block: "center" });
  }

  return { element, read, tell, empty: !readers.length };
}

function input(pack, field, name, value, names) {
  const common = { id: name, name };
  if (field.type === "mass") return massInput(common, value);
  if (field.type === "choice" || field.type === "yes_no") {
    const options = field.type === "choice" ? field.options.map((o) => [o.id, named(o)]) : [["yes", t("yes")], ["no", t("no")]];
    const at = field.type === "yes_no" && typeof value === "boolean" ? (value ? "yes" : "no") : value;
    return choice(common, options, at, field.type === "yes_no" ? (v) => v === "yes" : (v) => v);
  }
  if (PICKED.has(field.type)) {
    const options = [...list(pack.choices[field.type])];
    if (value && !options.some(([id]) => id === value)) options.unshift([value, shown(field, value, names)]);
    for (const id of field.type === "org" || field.type === "stream" || field.type === "site" ? [...known(pack, field.type)] : []) {
      if (!options.some(([other]) => other === id)) options.push([id, named(names[id]) || id]);
    }
    if (options.length) return choice(common, options, value, (v) => v);
  }
  return typed(common, field, value);
}

/** The ids of a type that stand in the cases on this phone. */
function known(pack, type) {
  const found = new Set(type === "org" ? pack.me.signers.map((s) => s.org).filter(Boolean) : []);
  for (const one of pack.cases) {
    for (const field of pack.kinds[one.workflow]?.form.fields ?? []) {
      if (field.type === type && one.values[field.id]) found.add(one.values[field.id]);
      const columns = list(field.fields).filter((c) => c.type === type);
      for (const line of columns.length ? list(one.values[field.id]) : []) {
        columns.forEach((c) => line[c.id] && found.add(line[c.id]));
      }
    }
  }
  return found;
}

function choice(common, options, value, meaning) {
  const element = h("select", common, h("option", { value: "" }, ""),
    options.map(([id, text]) => h("option", { value: id, selected: id === value }, text)));
  return { element, read: () => (element.value === "" ? null : meaning(element.value)) };
}

function massInput(common, value) {
  const held = typeof value === "number" ? mass(value) : { number: "", unit: "kg" };
  const number = h("input", { ...common, inputmode: "decimal", autocomplete: "off", value: held.number });
  const unit = h("select", { "aria-label": t("unit"), name: `${common.name}-unit` }, ["kg", "t"].map((u) => h("option", { value: u, selected: u === held.unit }, u)));
  const read = () => {
    if (!number.value.trim()) return null;
    try {
      return grams(number.value, unit.value);
    } catch {
      throw new Unreadable(common.name);
    }
  };
  return { element: h("span", { class: "mass" }, number, unit), read };
}

function typed(common, field, value) {
  const local = (at) => new Date(Date.parse(at) - new Date(at).getTimezoneOffset() * 60000).toISOString().slice(0, 16);
  const text = field.type === "moment" && value ? local(value) : (value ?? "");
  const element = field.type === "long_text" ? h("textarea", { ...common, rows: 3 }, text)
    : h("input", { ...common, type: INPUTS[field.type] ?? "text", inputmode: field.type === "number" ? "decimal" : null, value: text });
  const read = () => {
    const said = element.value.trim();
    if (!said) return null;
    if (field.type === "number" && !/^-?\d+(\.\d+)?$/.test(said)) throw new Unreadable(common.name);
    return field.type === "moment" ? new Date(said).toISOString().replace("Z", "+00:00") : said;
  };
  return { element, read };
}
