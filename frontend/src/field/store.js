// What the phone keeps: one IndexedDB database, wiped when its person signs out of the app.
import { openDB } from "idb";

const NAME = "wufei-field";
let opened = null;

/** The phone has no room left: what was to be kept was not, and nothing else is lost. */
export class StorageFull extends Error {}

const database = () => (opened ??= openDB(NAME, 1, {
  upgrade(db) {
    db.createObjectStore("kept");
    db.createObjectStore("actions", { keyPath: "id" });
  },
  terminated: () => { opened = null; },
}));

async function careful(work) {
  try {
    return await work(await database());
  } catch (error) {
    if (error?.name === "QuotaExceededError") throw new StorageFull(error.message);
    throw error;
  }
}

export const get = (key) => careful((db) => db.get("kept", key));
export const put = (key, value) => careful((db) => db.put("kept", value, key));

/** Every action, in the order in which it was kept. */
export const actions = async () => (await careful((db) => db.getAll("actions"))).sort((a, b) => a.kept - b.kept);

export const putAction = (action) => careful((db) => db.put("actions", action));

/** Keep a signed action and the head of the chain together, or neither. */
export function append(action, head) {
  return careful(async (db) => {
    const all = db.transaction(["actions", "kept"], "readwrite", { durability: "strict" });
    await Promise.all([all.objectStore("actions").put(action), all.objectStore("kept").put(head, "head"), all.done]);
  });
}

/** Take away what the server has acknowledged as applied, once nothing unsent rests on it. */
export const forget = (ids) => careful(async (db) => {
  const all = db.transaction("actions", "readwrite");
  await Promise.all([...ids.map((id) => all.store.delete(id)), all.done]);
});

/** Everything that is this person's. */
export const wipe = () => careful(async (db) => {
  const all = db.transaction(["actions", "kept"], "readwrite");
  await Promise.all([all.objectStore("actions").clear(), all.objectStore("kept").clear(), all.done]);
});
