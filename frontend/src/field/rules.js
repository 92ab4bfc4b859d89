// The rules of a case as its workflow file declares them, interpreted on the phone as wufei.workflow.rules does on the
// server: who may act, what is sealed, what is missing. Errors are {code, place}, in the order of the form.

const list = (value) => value ?? [];

/** Whether every field named has one of the values listed: of the line where it has the field, else of the form. */
export function holds(when, values, line = null) {
  return Object.entries(when ?? {}).every(([name, wanted]) => wanted.includes(word(look(name, values, line))));
}

function look(name, values, line) {
  const bare = line === null ? name : name.slice(name.lastIndexOf(".") + 1);
  return line !== null && Object.hasOwn(line, bare) ? line[bare] : values[bare];
}

function word(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return String(value);
}

const whole = (value) => Math.trunc(Number(value || 0));

/** The organisation that is the party in this case; null when nobody is named or the party is a role. */
export function orgOf(party, values) {
  if (!party.field) return null;
  const [head, rest] = party.field.split(".");
  if (!rest) return values[head] || null;
  const lines = list(values[head]);
  const turn = party.turn ? whole(values[party.turn]) : 0;
  return (turn < lines.length && lines[turn][rest]) || null;
}

/** Whether somebody (org, role, also) is the party. */
export function isParty(party, signer, values) {
  if (party.roles?.length && !party.roles.includes(signer.role)) return false;
  if (!party.field) return Boolean(party.roles?.length);
  const org = orgOf(party, values);
  return Boolean(signer.org) && org !== null && (org === signer.org || list(signer.also).includes(org));
}

/** The steps that can be taken from a state with these values, whoever takes them. */
export function openSteps(flow, state, values) {
  return flow.transitions.filter((step) => !step.led && step.leaves.includes(state) && holds(step.when, values));
}

/** Those of them that the signer may take. */
export function stepsFor(flow, state, values, signer) {
  const parties = Object.fromEntries(flow.parties.map((party) => [party.id, party]));
  return openSteps(flow, state, values).filter((step) => step.by.some((id) => isParty(parties[id], signer, values)));
}

/** The steps taken whose seals hold: a seal is lifted where the case is back at a state in which it is signed anew. */
export function sealing(flow, state, taken) {
  const steps = Object.fromEntries(flow.transitions.map((step) => [step.id, step]));
  return new Set(taken.filter((name) => !steps[name] || !steps[name].leaves.includes(state)));
}

/** The values that hold before a step: without those that it asks for afresh. */
export function carried(form, step, old) {
  const kept = { ...old };
  for (const field of form.fields) {
    if (field.anew && field.fill.includes(step)) delete kept[field.id];
    const again = new Set(list(field.fields).filter((c) => c.anew && c.fill.includes(step)).map((c) => c.id));
    if (again.size && list(kept[field.id]).length) {
      kept[field.id] = kept[field.id].map((line) => Object.fromEntries(Object.entries(line).filter(([k]) => !again.has(k))));
    }
  }
  return kept;
}

/** The form after a step: what it changes, what it asks for afresh and did not get, what it copies. */
export function after(kind, step, old, changes) {
  const left = carried(kind.form, step.id, old);
  const values = { ...old };
  for (const name of Object.keys(old)) {
    if (!Object.hasOwn(changes, name) && !same(left[name], old[name])) values[name] = left[name] ?? null;
  }
  Object.assign(values, changes);
  const before = { ...old, ...changes };
  for (const [name, other] of Object.entries(step.copies ?? {})) values[name] = before[other] ?? null;
  return values;
}

/** Whether two plain values are the same. */
export function same(one, other) {
  if (one === other) return true;
  if (one === null || other === null || typeof one !== "object" || typeof other !== "object") return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((k) => Object.hasOwn(other, k) && same(one[k], other[k]));
}

/** What stands against changing these fields at a step, after the steps whose seals hold. */
export function refusalsOfChanges(form, step, done, changes, old) {
  const found = [];
  for (const [name, value] of Object.entries(changes)) {
    const field = form.fields.find((f) => f.id === name);
    if (!field || same(value ?? null, old[name] ?? null)) continue;
    if (field.type === "lines") lineChanges(found, field, step, done, changes, old);
    else change(found, field, step, done, name);
  }
  return found;
}

function lineChanges(found, field, step, done, changes, values) {
  const now = list(changes[field.id]);
  const was = list(values[field.id]);
  if (now.length !== was.length) change(found, field, step, done, field.id);
  for (let n = 0; n < Math.min(now.length, was.length); n += 1) {
    for (const column of list(field.fields)) {
      if (same(now[n][column.id] ?? null, was[n][column.id] ?? null)) continue;
      const past = !column.sealed_up_to || n <= whole(values[column.sealed_up_to]);
      change(found, column, step, past ? done : new Set(), `${field.id}[${n + 1}].${column.id}`);
    }
  }
}

function change(found, field, step, done, place) {
  if (field.sealed_from && done.has(field.sealed_from)) found.push({ code: "form_field_sealed", place, field });
  else if (list(field.fill).length && !field.fill.includes(step.id)) found.push({ code: "form_field_early", place, field });
}

/** The fields that must be filled when a step is signed and are not, by the rules of the day of opening. */
export function missing(form, step, values, openedOn) {
  const found = [];
  for (const field of form.fields) {
    const value = values[field.id] ?? null;
    const empty = value === null || value === "" || (Array.isArray(value) && !value.length);
    if (empty && wanted(list(field.required), step, values, null, openedOn)) {
      found.push({ code: "form_field_missing", place: field.id, field });
    }
    list(field.type === "lines" ? value : []).forEach((line, n) => {
      for (const column of list(field.fields)) {
        const rules = list(column.required).filter((r) => !r.line_of || n === whole(values[r.line_of]));
        const cell = line[column.id] ?? null;
        if ((cell === null || cell === "") && wanted(rules, step, values, line, openedOn)) {
          found.push({ code: "form_field_missing", place: `${field.id}[${n + 1}].${column.id}`, field: column });
        }
      }
    });
  }
  return found;
}

function wanted(rules, step, values, line, day) {
  return rules.some((r) => r.at === step && inForce(r, day) && holds(r.when, values, line) && differs(r, values, line));
}

const inForce = (rule, day) => (!rule.valid_from || rule.valid_from <= day) && (!rule.valid_to || day <= rule.valid_to);

function differs(rule, values, line) {
  const pairs = list(rule.differs);
  return !pairs.length || pairs.some(([a, b]) => !same(look(a, values, line ?? {}) ?? null, look(b, values, line ?? {}) ?? null));
}

/** Everything that the declared rules hold against a step; the server's checks of the register come on top. */
export function judge(kind, current, step, changes, signer, openedOn, reason = "") {
  const values = after(kind, step, current.values, changes);
  const parties = kind.workflow.parties.filter((party) => step.by.includes(party.id));
  const named = (party) => isParty(party, signer, orgOf(party, current.values) ? current.values : values);
  if (!parties.some(named)) return [{ code: "party_not_yours", place: "" }];
  const found = refusalsOfChanges(kind.form, step, sealing(kind.workflow, current.state, current.taken), changes, current.values);
  found.push(...missing(kind.form, step.id, values, openedOn));
  if (step.reason && !reason.trim()) found.push({ code: "reason_missing", place: "reason" });
  return found;
}
