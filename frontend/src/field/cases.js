// The cases as they stand on this phone: what was taken along, and on top of it what was signed since.
import { caseNumber } from "./device.js";
import { after, openSteps, stepsFor } from "./rules.js";
import * as store from "./store.js";

const GONE = new Set(["already", "dropped", "refused"]);

/** Every case that the phone knows, those it began included. Each has `pending`, the last action not yet in the pack. */
export async function all(pack) {
  const found = new Map(pack.cases.map((one) => [one.id, { ...one, pending: null, shared: [] }]));
  const byAction = new Map();
  for (const offered of (await store.get("offered")) ?? []) {
    if (!found.has(offered.id)) found.set(offered.id, { ...offered, pending: null, shared: [] });
  }
  for (const action of ordered(await store.actions())) {
    if (GONE.has(action.state)) continue;
    const kind = pack.kinds[action.body.workflow] ?? (await store.get("kinds"))?.[action.body.workflow];
    const one = kind && (await caseOf(action, found, byAction, kind));
    if (!one) continue;
    byAction.set(action.id, one);
    apply(kind, one, action);
  }
  return [...found.values()];
}

/** Those on which others rest come first, then as they were kept. */
function ordered(actions) {
  const rest = new Map(actions.map((action) => [action.id, action]));
  const made = [];
  const add = (action) => {
    if (!rest.delete(action.id)) return;
    if (rest.has(action.body.after)) add(rest.get(action.body.after));
    made.push(action);
  };
  actions.forEach(add);
  return made;
}

async function caseOf(action, found, byAction, kind) {
  const { body } = action;
  if (body.case) return found.get(body.case);
  if (body.after) return byAction.get(body.after);
  const id = `${kind.workflow.case}:${await caseNumber(body)}`;
  if (!found.has(id)) {
    found.set(id, { id, workflow: body.workflow, no: 0, state: kind.workflow.start, holder: "", due_at: "",
      opened_on: body.at.slice(0, 10), values: {}, taken: [], pending: null, shared: [], begun: true });
  }
  return found.get(id);
}

function apply(kind, one, action) {
  const { body } = action;
  const step = kind.workflow.transitions.find((t) => t.id === body.transition);
  const seen = one.no > body.rests_on; // the pack holds it already, or somebody else's step
  if (!step || seen || action.state === "conflict") {
    one.shared.push(action);
    return;
  }
  one.values = after(kind, step, one.values, body.changes);
  Object.assign(one, { state: step.enters, no: body.rests_on + 1, taken: [...new Set([...one.taken, step.id])] });
  one.pending = action;
  one.shared.push(action);
}

/** The steps open to the person in a case, each with the signer (organisation) as whom it can be taken. */
export function openTo(pack, kind, one) {
  const made = new Map();
  for (const signer of pack.me.signers) {
    for (const step of stepsFor(kind.workflow, one.state, one.values, signer)) {
      if (!made.has(step.id)) made.set(step.id, { step, signer });
    }
  }
  return [...made.values()];
}

/** The first steps of a kind of case: the party is named by the form itself. */
export const firstSteps = (kind) => openSteps(kind.workflow, kind.workflow.start, {});

/** What an action on a case says of what it rests on. */
export function resting(one) {
  const { pending } = one;
  return { workflow: one.workflow, case: one.begun ? "" : one.id, rests_on: one.no, after: pending?.id ?? "" };
}
