// Conversations that this browser keeps: answers as data, never as HTML. Those about an upload are kept for
// this tab only, like the upload itself. And whether this tab uses the chat model.

const KEY = "footnote.conversations";
const OPEN = "footnote.open";
const MODEL = "footnote.model";
const MOST = 40;

/** All kept conversations, the newest first: { id, article, title, at, answers }. */
export function all() {
  return [...read(sessionStorage), ...read(localStorage)].sort((one, other) => other.at - one.at);
}

export const find = (id) => all().find((each) => each.id === id);

export function put(conversation, isUpload) {
  const storage = isUpload ? sessionStorage : localStorage;
  const others = read(storage).filter((each) => each.id !== conversation.id);
  let kept = [{ ...conversation, at: Date.now() }, ...others].slice(0, MOST);
  sessionStorage.setItem(OPEN, conversation.id);
  while (kept.length) {
    try {
      storage.setItem(KEY, JSON.stringify(kept));
      return;
    } catch {
      kept = kept.slice(0, -1); // the browser's room is used up: the oldest goes
    }
  }
}

export function remove(id) {
  for (const storage of [sessionStorage, localStorage]) {
    const kept = read(storage);
    if (kept.some((each) => each.id === id)) {
      storage.setItem(KEY, JSON.stringify(kept.filter((each) => each.id !== id)));
    }
  }
}

export function removeAll() {
  for (const storage of [sessionStorage, localStorage]) storage.removeItem(KEY);
}

/** The conversation that this tab has open, after a reload; undefined for none. */
export const current = () => find(sessionStorage.getItem(OPEN));
export const leave = () => sessionStorage.removeItem(OPEN);

/** Whether this tab lets a chat model word its answers, where there is one. */
export const usesModel = () => sessionStorage.getItem(MODEL) !== "no";
export const useModel = (wanted) => sessionStorage.setItem(MODEL, wanted ? "yes" : "no");

function read(storage) {
  try {
    const kept = JSON.parse(storage.getItem(KEY) || "[]");
    return Array.isArray(kept) ? kept.filter((each) => each && Array.isArray(each.answers)) : [];
  } catch {
    return [];
  }
}
