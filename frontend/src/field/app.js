// The field app: what is to be done, hand over by QR codes, what waits to be sent, this phone.
import { renderSVG } from "uqr";
import { camera } from "./camera.js";
import * as cases from "./cases.js";
import { EnrolmentOver, clockOff, clockWrong, sign } from "./device.js";
import { Collector, NotOurs, Untrusted, accept, bundle, parts } from "./handshake.js";
import { button, errorLines, h, language, mass, moment, named, setLanguage, shown, t } from "./page.js";
import { checkRoad, isRoad } from "./road.js";
import { judge } from "./rules.js";
import * as server from "./server.js";
import { stepForm } from "./step_form.js";
import * as store from "./store.js";

const STALE_MS = 72 * 3600 * 1000;
const TURN_MS = 700;
const TABS = [["todo", "#/"], ["scan", "#/scan"], ["queue", "#/queue"], ["phone", "#/phone"]];
const SENT = new Set(["applied", "already", "dropped"]);
const CITY_PAGES = document.documentElement.dataset.conflicts;
let turning = null;
let stopCamera = () => {};

const short = (id) => {
  const number = id.slice(id.indexOf(":") + 1);
  return number.length > 14 ? `${number.slice(0, 8)}…${number.slice(-4)}` : number;
};
const unsent = async () => (await store.actions()).filter((action) => !SENT.has(action.state));

function say(text, tone = "note") {
  document.getElementById("said").replaceChildren(h("p", { class: tone }, text));
}

/** What went wrong, in words that say what to do. */
function explain(error) {
  if (error instanceof server.SignInNeeded) return t("sign_in_needed");
  if (error instanceof server.Refused) return errorLines(error.said).join(" ");
  if (error instanceof store.StorageFull) return t("storage_full");
  if (error instanceof EnrolmentOver) return t("enrolment_over");
  if (error instanceof Untrusted) return t(error.code, error.values);
  if (error instanceof NotOurs) return t("code_torn");
  if (error instanceof TypeError || !navigator.onLine) return t("no_network");
  return `${t("failed")} ${error.message}`;
}

const careful = (work) => async (...given) => {
  try {
    await work(...given);
  } catch (error) {
    say(explain(error), "wrong");
  }
};

let drawn = 0;

const draw = careful(async () => {
  const turn = (drawn += 1);
  clearInterval(turning);
  stopCamera();
  const device = await store.get("device");
  const pack = await store.get("pack");
  const [name, id, extra] = location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  const views = { "": todo, case: oneCase, step: oneStep, begin: beginning, scan, show, queue, phone };
  const view = device && pack ? (views[name] ?? todo) : phone;
  const main = document.getElementById("main");
  const made = (await view(pack, id, extra)).filter(Boolean);
  if (turn !== drawn) return; // the page was left meanwhile
  main.replaceChildren(...made);
  await frame(name || "todo");
  const head = main.querySelector("h1");
  if (head && document.activeElement === document.body) head.focus?.();
});

async function frame(current) {
  const count = (await unsent()).length;
  document.getElementById("tabs").replaceChildren(...TABS.map(([key, href]) =>
    h("a", { href, "aria-current": key === current ? "page" : null }, t(key), key === "queue" && count ? h("b", {}, String(count)) : null)));
  const net = document.getElementById("net");
  net.textContent = navigator.onLine ? t("online") : t("offline");
  net.className = navigator.onLine ? "tag sure" : "tag warning";
  document.getElementById("lang").textContent = language() === "zh" ? "English" : "中文";
  document.title = t("app_name");
  document.getElementById("title").textContent = t("app_short");
}

const kindOf = (pack, one) => pack.kinds[one.workflow];

async function warnings(pack) {
  const made = [];
  if (await clockWrong()) made.push(h("p", { class: "warn" }, t("clock_wrong", { hours: Math.round(Math.abs(await clockOff()) / 3600000) })));
  if (Date.now() - (await clockOff()) - Date.parse(pack.at) > STALE_MS) made.push(h("p", { class: "warn" }, t("stale", { at: moment(pack.at) })));
  return made;
}

async function todo(pack) {
  const mine = new Set(pack.me.signers.map((s) => s.org));
  const all = (await cases.all(pack)).map((one) => ({ one, kind: kindOf(pack, one) })).filter(({ kind }) => kind);
  const open = all.map((each) => ({ ...each, steps: cases.openTo(pack, each.kind, each.one) }));
  const waits = ({ one, steps }) => steps.some(({ step }) => step.signs && !step.reason) && (mine.has(one.holder) || one.pending || !one.holder);
  const rows = open.sort((a, b) => waits(b) - waits(a) || (a.one.due_at || "9").localeCompare(b.one.due_at || "9"));
  return [h("h1", { tabindex: -1 }, t("todo")), ...(await warnings(pack)),
    rows.length ? h("ul", { class: "cards" }, rows.map(({ one, kind, steps }) => h("li", {},
      h("a", { href: `#/case/${encodeURIComponent(one.id)}` }, h("strong", {}, `${named(kind.workflow)} ${short(one.id)}`),
        h("span", {}, named(kind.workflow.states.find((s) => s.id === one.state))),
        one.due_at && h("span", {}, t("due", { at: moment(one.due_at) })),
        one.pending && h("span", { class: "tag warning" }, t("not_sent")),
        steps.length ? h("span", { class: "tag sure" }, t("yours")) : null))))
      : h("p", { class: "empty" }, t("nothing_to_do")),
    pack.me.signs && pack.begins.length ? h("details", {}, h("summary", {}, t("begin")), h("ul", { class: "cards" },
      pack.begins.map((flow) => h("li", {}, h("a", { href: `#/begin/${flow}` }, named(pack.kinds[flow].workflow)))))) : null];
}

async function beginning(pack, flow) {
  const kind = pack.kinds[flow];
  if (!kind) return todo(pack);
  const own = (party) => (party.field && !party.roles?.length) || party.roles?.includes(pack.me.role);
  const parties = new Set(kind.workflow.parties.filter(own).map((p) => p.id));
  const steps = cases.firstSteps(kind).filter((step) => step.by.some((p) => parties.has(p)));
  return [h("h1", { tabindex: -1 }, named(kind.workflow)), h("ul", { class: "cards" },
    steps.map((step) => h("li", {}, h("a", { href: `#/step/${encodeURIComponent(`new:${flow}`)}/${step.id}` }, named(step)))))];
}

async function find(pack, id) {
  if (id.startsWith("new:")) {
    const flow = id.slice(4);
    const kind = pack.kinds[flow];
    return { id: "", workflow: flow, no: 0, state: kind.workflow.start, values: {}, taken: [], begun: true, pending: null,
      opened_on: new Date().toISOString().slice(0, 10), shared: [] };
  }
  return (await cases.all(pack)).find((one) => one.id === id);
}

function filled(kind, one, names) {
  const rows = [];
  for (const field of kind.form.fields) {
    const value = one.values[field.id];
    if (field.type === "lines") {
      (value ?? []).forEach((line, n) => rows.push([`${named(field)} ${n + 1}`, (field.fields ?? []).filter((c) => line[c.id] !== undefined && line[c.id] !== null && line[c.id] !== "")
        .map((c) => `${named(c)}：${shown(c, line[c.id], names)}`).join("；")]));
    } else if (value !== null && value !== undefined && value !== "") rows.push([named(field), shown(field, value, names)]);
  }
  return h("dl", { class: "filled" }, rows.map(([label, text]) => h("div", {}, h("dt", {}, label), h("dd", {}, text))));
}

async function oneCase(pack, id) {
  const one = await find(pack, id);
  if (!one) return [h("h1", { tabindex: -1 }, t("gone")), h("p", {}, t("gone_help"))];
  const kind = kindOf(pack, one);
  const steps = cases.openTo(pack, kind, one);
  return [h("h1", { tabindex: -1 }, `${named(kind.workflow)} ${short(one.id)}`),
    h("p", { class: "state" }, named(kind.workflow.states.find((s) => s.id === one.state)), one.pending ? h("span", { class: "tag warning" }, t("not_sent")) : null),
    h("div", { class: "stack" }, steps.map(({ step }) => h("a", { class: step.signs && !step.reason ? "big main" : "big", href: `#/step/${encodeURIComponent(one.id)}/${step.id}` }, named(step))),
      one.shared.some((a) => !SENT.has(a.state)) ? h("a", { class: "big", href: `#/show/${encodeURIComponent(one.id)}` }, t("show_other")) : null,
      h("a", { class: "big quiet", href: "#/scan" }, t("scan_other"))),
    filled(kind, one, pack.names)];
}

async function oneStep(pack, id, stepId) {
  const one = await find(pack, id);
  const kind = one && kindOf(pack, one);
  const step = kind?.workflow.transitions.find((s) => s.id === stepId);
  if (!step) return oneCase(pack, id);
  const form = stepForm(pack, kind, one, step, pack.names);
  const press = careful(async () => {
    const { changes, wrong, reason } = form.read();
    const signer = pack.me.signers.find((s) => !judge(kind, one, step, changes, s, one.opened_on, reason).some((e) => e.code === "party_not_yours")) ?? pack.me.signers[0];
    const errors = [...wrong, ...(signer ? judge(kind, one, step, changes, signer, one.opened_on, reason) : [{ code: "party_not_yours", place: "" }])];
    form.tell(errors);
    if (errors.length) return;
    const acting = signer.org && signer.org !== pack.me.org ? signer.org : "";
    const kept = await sign({ ...cases.resting(one), transition: step.id, changes, reason, acting_for: acting });
    const made = one.id || (await cases.all(pack)).find((other) => other.pending?.id === kept.id)?.id;
    location.hash = `#/case/${encodeURIComponent(made ?? "")}`;
    say(t("signed", { step: named(step) }), "sure");
    exchange();
  });
  const evidence = step.evidence ? h("p", { class: "warn" }, t("evidence_online")) : null;
  return [h("h1", { tabindex: -1 }, named(step)), h("p", {}, `${named(kind.workflow)} ${one.id ? short(one.id) : ""}`), evidence,
    form.element, form.empty ? h("p", {}, t("nothing_to_fill")) : null,
    evidence ? null : button(t("sign_as", { step: named(step) }), press, { class: "big main", id: "sign" })];
}

async function show(pack, id) {
  const one = await find(pack, id);
  if (!one) return todo(pack);
  const texts = await parts(await bundle(pack, one));
  const code = h("div", { class: "qr", role: "img", "aria-label": t("code_for_other"), "data-parts": JSON.stringify(texts) });
  const count = h("p", { class: "center" });
  let n = 0;
  const turn = () => {
    code.innerHTML = renderSVG(texts[n], { ecc: "M", border: 3 });
    count.textContent = texts.length > 1 ? t("part", { n: n + 1, of: texts.length }) : "";
    n = (n + 1) % texts.length;
  };
  turn();
  if (texts.length > 1) turning = setInterval(turn, TURN_MS);
  return [h("h1", { tabindex: -1 }, t("code_for_other")), h("p", {}, t("code_help")), code, count,
    h("a", { class: "big main", href: "#/scan" }, t("scan_other"))];
}

async function scan(pack) {
  const collector = new Collector();
  const progress = h("p", { class: "center", role: "status" });
  const road = h("div", { id: "road", role: "status" });
  const take = careful(async (text) => {
    road.replaceChildren();
    if (isRoad(text)) {
      road.replaceChildren(...covered(pack, await checkRoad(text, pack.signing_keys ?? [], Date.now() - (await clockOff()))));
      say(t("road_covered"), "sure");
      return;
    }
    for (const part of text.split(/\s+/).filter(Boolean)) {
      const plain = await collector.add(part);
      progress.textContent = t("parts_read", { n: collector.found.size, of: collector.of });
      if (plain) {
        stopCamera();
        await accepted(pack, plain);
        return;
      }
    }
  });
  const typed = h("textarea", { id: "typed", rows: 3, "aria-label": t("code_typed") });
  const video = h("video", { muted: true, playsinline: true, class: "camera" });
  stopCamera = await camera(video, take);
  return [h("h1", { tabindex: -1 }, t("scan_other")), h("p", {}, stopCamera.works ? t("scan_help") : t("no_camera")), stopCamera.works ? video : null, progress, road,
    h("details", { open: !stopCamera.works }, h("summary", {}, t("code_typed")), typed, button(t("read_code"), () => take(typed.value), { id: "read-code" }))];
}

/** What a driver's code says of the load, and by which key of which day that was checked. */
function covered(pack, { told, key }) {
  const wastes = told.wastes.map(([code, g]) => [code, ...(Number.isSafeInteger(g) && g >= 0 ? Object.values(mass(g)) : [])].join(" "));
  const rows = [["road_number", told.number], ["road_plate", told.plate], ["road_carrier", told.carrier], ["road_from", told.from], ["road_to", told.to],
    ["road_wastes", wastes.join("；")], ["road_until", moment(told.until * 1000)]];
  return [h("h2", {}, t("road_covered")),
    h("dl", { class: "filled" }, rows.map(([name, text]) => h("div", {}, h("dt", {}, t(name)), h("dd", {}, String(text ?? ""))))),
    h("p", { class: "small" }, t("road_checked", { key: key.key_id.slice(0, 16), day: moment(key.registered_at), at: moment(pack.at) })),
    h("p", { class: "small" }, t("road_since"))];
}

async function accepted(pack, plain) {
  const fresh = await accept(pack, plain);
  const who = [...new Set(plain.certificates.map((c) => c.body.org_name || c.body.org))].join("、");
  const last = plain.actions.at(-1).body;
  const all = await cases.all(await store.get("pack"));
  const one = all.find((other) => other.shared.some((action) => action.id === last.id));
  location.hash = `#/case/${encodeURIComponent(one?.id ?? "")}`;
  say(fresh.length ? t("received", { n: fresh.length, who }) : t("received_before"), "sure");
  exchange();
}

async function queue(pack) {
  const all = (await store.actions()).reverse();
  const names = (action) => named(pack.kinds[action.body.workflow]?.workflow.transitions.find((s) => s.id === action.body.transition)) || action.body.transition;
  const tone = { conflict: "wrong", refused: "wrong", waiting: "warning", applied: "sure", already: "sure" };
  return [h("h1", { tabindex: -1 }, t("queue")), h("p", {}, t("queue_help")),
    button(t("send_now"), careful(async () => { await exchange(true); }), { class: "big main", id: "send" }),
    all.length ? h("ol", { class: "cards" }, all.map((action) => h("li", { "data-state": action.state }, h("strong", {}, names(action)),
      h("span", {}, moment(action.body.at)), h("span", { class: `tag ${tone[action.state] ?? "warning"}` }, t(`state_${action.state}`)),
      action.own ? null : h("span", { class: "tag note" }, t("of_other")),
      errorLines(action.error).map((line) => h("p", { class: "small" }, line))))) : h("p", { class: "empty" }, t("queue_empty")),
    all.some((a) => a.state === "conflict") ? h("a", { class: "big", href: CITY_PAGES }, t("to_conflicts")) : null];
}

async function phone(pack) {
  const device = await store.get("device");
  const label = h("input", { id: "label", maxlength: 80, value: device?.label ?? t("my_phone") });
  const register = careful(async () => {
    await server.takeAlong();
    await server.enrol(label.value.trim() || t("my_phone"));
    await navigator.storage?.persist?.();
    say(t("enrolled"), "sure");
    location.hash = "#/";
    await draw();
  });
  const leave = careful(async () => {
    const left = (await unsent()).length;
    if (left) {
      say(t("cannot_leave", { n: left }), "wrong");
      return;
    }
    const token = await store.get("csrf");
    await store.wipe();
    await fetch(document.documentElement.dataset.logout, { method: "POST", headers: { "X-CSRFToken": token ?? "" }, redirect: "manual" }).catch(() => {});
    say(t("left"), "sure");
    await draw();
  });
  const over = device && Date.parse(device.expires_at) < Date.now();
  const about = device ? [h("dl", { class: "filled" },
    [[t("label"), device.label], [t("signs_until"), moment(device.expires_at)], [t("taken_at"), pack ? moment(pack.at) : ""], [t("device_id"), device.id]]
      .map(([k, v]) => h("div", {}, h("dt", {}, k), h("dd", {}, v)))),
    button(t("take_along"), careful(async () => { await exchange(true); }), { id: "take-along" }), button(t("leave"), leave, { class: "big quiet", id: "leave" })] : [];
  return [h("h1", { tabindex: -1 }, t("phone")), pack ? await warnings(pack) : null, ...about,
    !device || over ? h("div", { class: "stack" }, h("p", {}, t("enrol_help")), h("label", { class: "box" }, h("span", {}, t("label")), label),
      button(t("enrol"), register, { class: "big main", id: "enrol" }),
      h("a", { class: "big", href: `${document.documentElement.dataset.login}?next=/field/` }, t("sign_in"))) : null].flat();
}

/** Send what waits and take along what is new, when there is a network; silent unless asked for. */
async function exchange(loud = false) {
  if (!navigator.onLine) {
    if (loud) say(t("no_network"), "warn");
    return;
  }
  try {
    if (await store.get("device")) {
      if (!(await store.get("csrf"))) await server.takeAlong();
      const told = await server.send();
      await server.takeAlong();
      await server.tidy();
      const bad = told.filter((o) => o.outcome === "conflict" || o.outcome === "refused").length;
      if (bad) say(t("some_conflicts", { n: bad }), "wrong");
      else if (loud || told.length) say(told.length ? t("all_sent", { n: told.length }) : t("nothing_left"), "sure");
      await frame((location.hash.replace(/^#\/?/, "").split("/")[0]) || "todo");
      if (loud || !/step|show|scan/.test(location.hash)) await draw();
    }
  } catch (error) {
    if (loud || error instanceof server.SignInNeeded) say(explain(error), "wrong");
  }
}

export async function start() {
  setLanguage(language());
  window.addEventListener("hashchange", draw);
  window.addEventListener("online", () => exchange());
  window.addEventListener("offline", () => draw());
  document.getElementById("lang").addEventListener("click", () => {
    setLanguage(language() === "zh" ? "en" : "zh");
    draw();
  });
  if ("serviceWorker" in navigator) {
    await navigator.serviceWorker.register(document.documentElement.dataset.worker, { scope: "/field/" }).catch(() => {});
  }
  await draw();
  document.documentElement.dataset.ready = "yes";
  await exchange();
}
