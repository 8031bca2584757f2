// What lies on the device until the server has it. All that was entered is sealed (AES-GCM) under a key of its
// person, which the browser holds and gives to nobody; beside it stand only numbers: whose, how large, since when.
//
//   entries   n -> {n, uuid, person, kind, made_at, bytes, state, sealed, picture}   in the order of their making
//   keys      person -> CryptoKey
//   values    current -> {person, until}; leaving -> {csrf} of a session to be ended; NAME:PERSON -> sealed
const NAME = "screener-station";
const BITS = 256;

let opened = null;

function base() {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      const made = asked.result;
      made.createObjectStore("keys");
      made.createObjectStore("values");
      made.createObjectStore("entries", { keyPath: "n", autoIncrement: true }).createIndex("person", "person");
    };
    asked.onsuccess = () => {
      asked.result.onversionchange = () => asked.result.close();
      resolve(asked.result);
    };
    asked.onerror = () => reject(asked.error);
  });
  return opened;
}

// One transaction: `work` asks of the store, and what its request gives is the result once all is on the disk.
async function within(name, mode, work) {
  const transaction = (await base()).transaction(name, mode, { durability: "strict" });
  return new Promise((resolve, reject) => {
    const request = work(transaction.objectStore(name));
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
}

const get = (name, key) => within(name, "readonly", (store) => store.get(key));
const put = (name, value, key) => within(name, "readwrite", (store) => store.put(value, key));
const drop = (name, key) => within(name, "readwrite", (store) => store.delete(key));

// --- sealing --------------------------------------------------------------------------------------------

async function keyOf(person) {
  const known = await get("keys", person);
  if (known) return known;
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: BITS }, false, ["encrypt", "decrypt"]);
  // another tab may have made one meanwhile: `add` keeps the first
  await within("keys", "readwrite", (store) => store.add(made, person)).catch(() => undefined);
  return get("keys", person);
}

async function seal(person, content) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  return { iv, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await keyOf(person), content) };
}

async function unseal(person, { iv, data }) {
  return crypto.subtle.decrypt({ name: "AES-GCM", iv }, await keyOf(person), data);
}

const written = (value) => new TextEncoder().encode(JSON.stringify(value));
const read = (bytes) => JSON.parse(new TextDecoder().decode(bytes));

// --- who is there ---------------------------------------------------------------------------------------

export const current = () => get("values", "current");
export const arrive = (person, until) => put("values", { person, until }, "current");
export const leave = () => drop("values", "current");
export const leaving = () => get("values", "leaving");
export const intendToLeave = (csrf) => put("values", { csrf }, "leaving");
export const stay = () => drop("values", "leaving");

// A value of a person under a name: what is half entered, which parcels are known.
export async function remember(person, name, value) {
  await put("values", await seal(person, written(value)), `${name}:${person}`);
}

export async function recall(person, name) {
  const kept = await get("values", `${name}:${person}`);
  return kept ? read(await unseal(person, kept)) : null;
}

export const forget = (person, name) => drop("values", `${name}:${person}`);

// --- entries --------------------------------------------------------------------------------------------

export async function digest(content) {
  const found = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  return [...found].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Keep an entry: what was entered, and the bytes of its picture. It is on the disk when this ends.
export async function add(person, entry, content = null) {
  const sealed = await seal(person, written(entry));
  const row = {
    uuid: entry.uuid,
    person,
    kind: entry.kind,
    made_at: entry.made_at,
    bytes: sealed.data.byteLength + (content?.byteLength ?? 0),
    state: "waiting",
    sealed,
    picture: content === null ? null : await seal(person, content),
  };
  return put("entries", row);
}

// The entries of a person, opened, in their order; without their pictures.
export async function list(person) {
  const rows = await within("entries", "readonly", (store) => store.index("person").getAll(person));
  const own = rows.sort((a, b) => a.n - b.n);
  return Promise.all(own.map(async ({ picture, sealed, ...row }) => ({ ...row, entry: read(await unseal(person, sealed)) })));
}

export async function picture(row) {
  const kept = (await get("entries", row.n))?.picture;
  return kept ? unseal(row.person, kept) : null;
}

// Keep what is new about an entry: `state`, or of `entry` where it stands now.
export async function change(row, { state, entry }) {
  const kept = await get("entries", row.n);
  if (!kept) return;
  const sealed = entry ? await seal(row.person, written(entry)) : kept.sealed;
  await put("entries", { ...kept, sealed, state: state ?? kept.state });
}

export const remove = (row) => drop("entries", row.n);

// How many entries of other people lie here.
export async function ofOthers(person) {
  const rows = await within("entries", "readonly", (store) => store.getAll());
  return rows.filter((row) => row.person !== person).length;
}
