// The article beside the chat: shows it, and marks exactly the spans and cells that are cited.
//
// Each piece of text is a <span data-s="N">: the document's characters from offset N on. Offsets count code
// points; JavaScript counts UTF-16, so the text is taken apart into code points here.

import { byId, fill } from "./html.js";

const paper = byId("paper");
const reader = byId("reader");
const desk = byId("desk");
const button = byId("pane");
const narrow = matchMedia("(max-width: 860px)");

let runs = []; // { element, from, to, points, marked }
let shown = ""; // the document that is shown, the beginning of its id
let places = []; // what is cited by the answer that is looked at
let chosen = null;
let back = null; // who had the focus before the pane was opened

/** A place in a document, from a link such as #cite-0123456789ab-10-20-c0.1.2; null for no such link. */
export function placeOf(link) {
  const found = /#cite-([0-9a-f]{12})-(\d+)-(\d+)(?:-c([0-9h._]+))?$/.exec(link || "");
  if (!found) return null;
  const [, document, start, end, cells] = found;
  return { link: found[0], document, start: +start, end: +end, cells: cells ? cells.split("_") : [] };
}

/** Show a document's page. */
export function show(document, html) {
  shown = document;
  fill(paper, html);
  paper.scrollTop = 0;
  runs = [...paper.querySelectorAll("[data-s]")].map((element) => {
    const points = [...element.textContent];
    const from = Number(element.dataset.s);
    return { element, from, to: from + points.length, points, marked: false };
  });
  runs.sort((one, other) => one.from - other.from);
  cite([], "");
}

export const isShown = (document) => shown.startsWith(document) && shown !== "";

/** Mark all places that an answer cites, and, fainter, the cells that it was computed from. */
export function cite(links, operands) {
  places = links.map(placeOf).filter((place) => place && isShown(place.document));
  const computed = placeOf(operands);
  if (computed && isShown(computed.document)) places.unshift({ ...computed, operand: true });
  chosen = null;
  byId("where").textContent = "";
  byId("copy-link").hidden = true;
  paint();
}

/** Choose one place: it is marked stronger and scrolled to. */
export function choose(place, where = "") {
  chosen = place;
  paint();
  byId("where").textContent = where;
  byId("copy-link").hidden = false;
  const first = paper.querySelector(".chosen");
  if (!first) return false;
  const far = Math.abs(first.getBoundingClientRect().top - paper.getBoundingClientRect().top) > 3 * innerHeight;
  const still = isSheet() || far || matchMedia("(prefers-reduced-motion: reduce)").matches;
  const behavior = still ? "instant" : "smooth";
  first.scrollIntoView({ block: "center", inline: "nearest", behavior });
  return true;
}

/** Scroll to what is cited, where the pane is open beside the chat and shows none of it. */
export function reveal() {
  const cited = [...paper.querySelectorAll("mark, .cited")];
  if (!cited.length || isSheet() || !isOpen()) return;
  const { top, bottom } = paper.getBoundingClientRect();
  const isSeen = (box) => box.top >= top && box.bottom <= bottom;
  if (!cited.some((each) => isSeen(each.getBoundingClientRect()))) cited[0].scrollIntoView({ block: "center", behavior: "instant" });
}

export const chosenLink = () => chosen?.link ?? "";

function paint() {
  for (const cell of paper.querySelectorAll("[data-cell]")) cell.classList.remove("cited", "chosen", "operand");
  for (const run of runs) if (run.marked) restore(run);
  const all = chosen ? [...places, { ...chosen, chosen: true }] : places;
  const spans = [];
  for (const place of all) {
    if (!place.cells.length) spans.push(place);
    for (const name of place.cells) {
      const kind = place.chosen ? "chosen" : place.operand ? "operand" : "cited";
      paper.querySelector(`[data-cell="${CSS.escape(name)}"]`)?.classList.add(kind);
    }
  }
  for (const run of overlapping(spans)) mark(run, spans);
}

function overlapping(spans) {
  const found = new Set();
  for (const { start, end } of spans) {
    let low = 0;
    let high = runs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (runs[middle].to <= start) low = middle + 1;
      else high = middle;
    }
    for (; low < runs.length && runs[low].from < end; low++) found.add(runs[low]);
  }
  return found;
}

function restore(run) {
  run.element.textContent = run.points.join("");
  run.marked = false;
}

/** Cut a run where spans begin and end, and mark the pieces that lie in one. */
function mark(run, spans) {
  const cuts = new Set([run.from, run.to]);
  for (const { start, end } of spans) {
    for (const cut of [start, end]) if (cut > run.from && cut < run.to) cuts.add(cut);
  }
  const sorted = [...cuts].sort((one, other) => one - other);
  run.element.replaceChildren();
  for (let number = 0; number + 1 < sorted.length; number++) {
    const [from, to] = [sorted[number], sorted[number + 1]];
    const text = run.points.slice(from - run.from, to - run.from).join("");
    const over = spans.filter(({ start, end }) => start <= from && to <= end);
    if (!over.length) {
      run.element.append(text);
      continue;
    }
    const marked = document.createElement("mark");
    marked.textContent = text;
    if (over.some((place) => place.chosen)) marked.className = "chosen";
    run.element.append(marked);
  }
  run.marked = true;
}

// --- the pane, which on a small screen is a sheet that slides over --------------------------------------

export const isSheet = () => narrow.matches;
export const isOpen = () => !desk.classList.contains("alone");

/** Open or close the pane. The focus goes to it where it covers the chat, and back when it is closed. */
export function open(wanted, { focus = true } = {}) {
  if (wanted === isOpen()) return;
  desk.classList.toggle("alone", !wanted);
  button.setAttribute("aria-expanded", String(wanted));
  reader.toggleAttribute("aria-modal", wanted && isSheet());
  if (wanted && isSheet()) {
    reader.setAttribute("role", "dialog");
    document.querySelector(".talk").inert = true;
    back = document.activeElement;
    if (focus) byId("close").focus();
  } else {
    reader.removeAttribute("role");
    document.querySelector(".talk").inert = false;
    if (!wanted && focus) (back?.isConnected ? back : byId("question")).focus();
    back = null;
  }
}

export function begin() {
  open(!isSheet(), { focus: false });
  narrow.addEventListener("change", () => open(!isSheet(), { focus: false }));
  button.addEventListener("click", () => {
    back = button;
    open(!isOpen());
  });
  byId("close").addEventListener("click", () => open(false));
}
