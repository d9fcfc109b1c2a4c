// Drafts on the phone: what was typed and photographed stays here until the server has given its receipt.
// A shared phone keeps each person's drafts apart.
import { type IDBPDatabase, openDB } from "idb";

export interface Shot {
  blob: Blob;
  name: string;
  takenAt: string;
}

export interface Draft {
  id: string;
  key: string;
  fields: Record<string, string[]>;
  photos: Record<string, Shot[]>;
  savedAt: string;
}

const STORE = "drafts";
let opened: Promise<IDBPDatabase> | null = null;

function database(): Promise<IDBPDatabase> {
  if (!opened) {
    opened = openDB("wenming", 1, {
      upgrade(db) {
        db.createObjectStore(STORE, { keyPath: "id" });
      },
    });
  }
  return opened;
}

/** The draft's id: one for each form and person. */
export function draftId(form: string): string {
  const main = document.querySelector<HTMLElement>("[data-person]");
  return `${(main && main.dataset.person) || "guest"}:${form}`;
}

/** The draft, or null; also null where the browser keeps nothing (private mode). */
export async function load(id: string): Promise<Draft | null> {
  try {
    return ((await (await database()).get(STORE, id)) as Draft | undefined) || null;
  } catch (_closed) {
    return null;
  }
}

/** Keeps the draft. False where the phone is full or keeps nothing: the page then says so. */
export async function save(draft: Draft): Promise<boolean> {
  try {
    await (await database()).put(STORE, draft);
    return true;
  } catch (_full) {
    return false;
  }
}

export async function drop(id: string): Promise<void> {
  try {
    await (await database()).delete(STORE, id);
  } catch (_closed) {
    // Nothing was kept, so nothing is to be dropped.
  }
}

/** A fresh key for a form, also where crypto.randomUUID is missing (before Chromium 92, or without HTTPS). */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => `0${byte.toString(16)}`.slice(-2)).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
