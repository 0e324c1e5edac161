// The chat: asks, shows answers as they come, and ties them to the article beside it.

import { ask, login, Refused, stream } from "./api.js";
import { byId, fill, make } from "./html.js";
import * as kept from "./kept.js";
import * as reader from "./reader.js";

const LARGEST = 2_000_000;
const box = byId("question");
const turns = byId("turns");
const status = byId("status");
const address = new URL(location.href);

let view = null; // what the server said of the article
let wanted = ""; // the article that was to be opened last
let opening = null; // the promise of it, while it is being opened
let talk = fresh(); // the conversation: { id, title, answers }
let running = null; // the AbortController of the question that is being answered

// --- the article -------------------------------------------------------------------------------------

/** Open an article, and show it; waits until the server has read it. One that is wanted later goes first. */
function start(article, part = "") {
  wanted = article;
  const mine = (opening = open(article, part, () => opening === mine).finally(() => {
    if (opening === mine) opening = null;
  }));
  return mine;
}

/** There is an article to ask about, or an error that says why not. */
async function ready() {
  while (opening) await opening;
  if (!view) await start(wanted);
}

async function open(article, part, isWanted) {
  say("Opening the article", true);
  let given = null;
  for await (const value of stream("start", [article, part])) {
    if (!isWanted()) return;
    if (value.opening) say(progress(value.opening), true);
    else given = value;
  }
  view = given;
  say("");
  reader.show(view.document, view.page);
  list(byId("articles"), options(), view.article);
  list(byId("documents"), view.documents.map((each) => [each.id, each.title]), view.document);
  byId("documents-label").hidden = view.documents.length < 2;
  document.title = `${view.title} – Footnote`;
  welcome();
  byId("copy-link").classList.toggle("hidden", view.upload); // nobody else can open an upload
  if (view.upload) address.searchParams.delete("article");
  else address.searchParams.set("article", view.article);
  address.hash = location.hash;
  history.replaceState(null, "", address);
  if (view.preparing) tryQuestions(view.article);
  byId("model").textContent = `Chat model ${view.model} words the answers`;
  byId("switch").hidden = !view.model;
  byId("no-model").hidden = Boolean(view.model);
}

const withModel = () => Boolean(view.model) && byId("with-model").checked;

function options() {
  const listed = view.articles.map((each) => [each.key, each.title]);
  return view.upload ? [[view.article, `${view.title} (your upload)`], ...listed] : listed;
}

function list(select, pairs, value) {
  select.replaceChildren(...pairs.map(([key, title]) => make("option", { value: key }, title)));
  select.value = value;
}

function progress({ what, done, total }) {
  return total > 1 ? `${what} (${Math.round((100 * done) / total)}%)` : what;
}

/** What the article is, its tables, and questions to begin with; only where nothing was asked yet. */
function welcome() {
  const place = byId("welcome");
  place.hidden = talk.answers.length > 0 || turns.childElementCount > 0;
  place.replaceChildren(
    make("h2", {}, view.title),
    make("p", { className: "counts" }, `${view.counts}. Every answer shows where it stands.`),
  );
  place.append(make("h3", {}, view.preparing ? "Finding good first questions" : "Try asking"));
  if (view.preparing) place.append(make("p", { className: "waiting" }, "Trying them on the article"));
  else place.append(view.questions.length ? questions(view.questions) : make("p", {}, "Ask anything that the article may say."));
  if (view.tables.length) {
    place.append(make("h3", {}, view.tables.length > 1 ? "Its tables" : "Its table"));
    const items = view.tables.map(({ number, caption }) =>
      make("li", {}, make("a", { href: `#table-${number}` }, caption)),
    );
    place.append(make("ul", { className: "tables" }, ...items));
  }
}

async function tryQuestions(article) {
  for (;;) {
    await new Promise((done) => setTimeout(done, 700));
    if (view.article !== article) return;
    const found = await ask("questions", [article]).catch(() => ({ preparing: false, questions: [] }));
    if (view.article !== article) return;
    if (found.preparing) continue;
    Object.assign(view, found);
    welcome();
    return;
  }
}

function questions(texts) {
  const items = texts.map((text) => make("li", {}, make("button", { type: "button", className: "question" }, text)));
  return make("ul", { className: "questions" }, ...items);
}

// --- asking ------------------------------------------------------------------------------------------

function fresh() {
  return { id: crypto.randomUUID(), title: "", answers: [] };
}

const past = (answers) => answers.map((each) => [each.question, each.abstained ? each.reason : each.text]);

async function send(question) {
  const text = question.trim();
  if (!text || running) return;
  byId("welcome").hidden = true;
  const turn = newTurn(text);
  turns.append(turn);
  turn.scrollIntoView({ block: "start" });
  const place = turn.querySelector(".reply");
  fill(place, '<p class="waiting">Reading</p>');
  const mine = new AbortController();
  busy(mine);
  try {
    await unlessStopped(ready(), mine.signal);
    const whole = await answered(text, place, mine.signal);
    talk.answers.push(whole.answer);
    talk.title ||= text;
    turn.number = talk.answers.length;
    finish(turn, whole, true);
    turn.scrollIntoView({ block: "start" });
    kept.put({ ...talk, article: view.article }, view.upload);
  } catch (error) {
    const stopped = error.name === "AbortError";
    place.replaceChildren(make("p", { className: "failure", role: "alert" }, stopped ? "Stopped." : told(error)));
    place.append(make("div", { className: "acts" }, act("Try again", () => again(turn, text))));
  } finally {
    if (running === mine) busy(null);
  }
}

/** Ask, and show what is said as it comes; of a chat model that is a draft. */
async function answered(text, place, signal) {
  const withIt = withModel();
  if (withIt) fill(place, '<p class="waiting">The chat model reads</p>');
  let whole = null;
  for await (const value of stream("chat", [text, past(talk.answers), view.article, withIt], signal)) {
    if (value.card) whole = value;
    else if (value.said) {
      const label = withIt ? '<p class="label">Draft, not verified yet</p>' : "";
      fill(place, `<div class="streaming">${label}${value.said}</div>`);
    }
  }
  return whole;
}

const unlessStopped = (promise, signal) =>
  Promise.race([promise, new Promise((_, stop) => signal.addEventListener("abort", () => stop(signal.reason)))]);

/** Stop what is being answered. */
function halt() {
  running?.abort();
  busy(null);
}

function newTurn(question) {
  const edit = make("button", { type: "button", title: "Put the question back to change it" }, "Edit");
  const turn = make(
    "article",
    { className: "turn", "aria-label": `Question: ${question}` },
    make("div", { className: "asked" }, make("h2", {}, question), edit),
    make("div", { className: "reply" }),
  );
  edit.addEventListener("click", () => {
    if (running) return;
    rewind(turn);
    box.value = question;
    grow();
    box.focus();
  });
  return turn;
}

/** Show a whole answer, with what can be done with it, and mark what it cites. */
function finish(turn, { card, markdown, next, operands, answer }, isNew) {
  const place = turn.querySelector(".reply");
  fill(place, card);
  turn.operands = operands;
  const acts = make("div", { className: "acts", role: "group", "aria-label": "This answer" });
  acts.append(
    act("Copy", (button) => copy(markdown, button), "Copy the answer with its citations as Markdown"),
    rate("up", "Helpful", turn, answer),
    rate("down", "Not helpful", turn, answer),
    act("Retry", () => again(turn, answer.question), "Ask this again"),
  );
  place.append(acts);
  if (next.length && isNew) {
    for (const old of turns.querySelectorAll(".next")) old.remove();
    place.append(make("div", { className: "next" }, make("h3", {}, "Ask next"), questions(next)));
  }
  byId("export").disabled = false;
  if (isNew) {
    look(turn);
    reader.reveal();
  }
}

/** Mark what the answer of a turn cites. */
function look(turn) {
  const links = [...turn.querySelectorAll("a.source, a.cite")].map((each) => each.hash);
  reader.cite(links, turn.operands);
}

function act(label, run, title = "") {
  const button = make("button", { type: "button", title }, label);
  button.addEventListener("click", () => run(button));
  return button;
}

async function again(turn, question) {
  if (running) return;
  rewind(turn);
  await send(question);
}

/** Take back a turn and all that came after it. */
function rewind(turn) {
  const all = [...turns.children];
  const at = all.indexOf(turn);
  const before = all.slice(0, at).filter((each) => each.number).length;
  for (const each of all.slice(at)) each.remove();
  talk.answers.length = before;
  if (before) kept.put({ ...talk, article: view.article }, view.upload);
  reader.cite([], "");
}

async function copy(text, button) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Copying is not allowed";
  }
  setTimeout(() => (button.textContent = label), 1600);
}

function rate(rating, label, turn, answer) {
  const button = act(label, () => judge(rating, button, turn, answer), "Kept in feedback.jsonl on this machine only");
  button.setAttribute("aria-pressed", "false");
  return button;
}

function judge(rating, button, turn, answer) {
  turn.querySelector(".comment")?.remove();
  for (const each of turn.querySelectorAll("[aria-pressed]")) each.setAttribute("aria-pressed", "false");
  button.setAttribute("aria-pressed", "true");
  const id = `comment-${turn.number}`;
  const comment = make("input", { id, type: "text", maxLength: 2000 });
  const form = make(
    "form",
    { className: "comment" },
    make("label", { htmlFor: id }, "What was good or wrong? (may stay empty; kept on this machine only)"),
    comment,
    make("button", {}, "Keep"),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const history = past(talk.answers.slice(0, turn.number - 1));
    try {
      await ask("keep", [answer, rating, comment.value, history, view.article]);
      form.replaceChildren(make("p", { className: "fine", role: "status" }, "Thank you; it is kept in feedback.jsonl."));
    } catch (error) {
      form.replaceChildren(make("p", { className: "failure", role: "alert" }, told(error)));
    }
  });
  button.closest(".acts").after(form);
  comment.focus();
}

function busy(controller) {
  running = controller;
  byId("send").hidden = Boolean(controller);
  byId("stop").hidden = !controller;
  turns.setAttribute("aria-busy", String(Boolean(controller)));
}

function say(text, isWaiting = false) {
  status.className = `status${isWaiting ? " waiting" : ""}`;
  status.textContent = text;
}

/** Say what went wrong, and offer to try it again where that may help. */
function fail(error, retry = null) {
  if (error instanceof Refused && error.login) return logIn();
  status.className = "status wrong";
  status.textContent = told(error);
  if (retry) status.append(" ", act("Try again", retry));
}

/** An error for people: its first word with a capital, where it is a word and not the name of a file. */
const told = (error) =>
  error instanceof Refused
    ? error.message.replace(/^[a-z]+(?= )/, (word) => word[0].toUpperCase() + word.slice(1))
    : `The page failed: ${error.message}`;

function grow() {
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight}px`;
}

// --- citations ---------------------------------------------------------------------------------------

/** Follow a link into the article: #cite-… or #table-… or #ref-… */
async function follow(link, from) {
  const place = reader.placeOf(link);
  if (!place) {
    const target = /^#(table|ref)-\d+$/.test(link) && byId(link.slice(1));
    if (target) {
      reader.open(true);
      target.scrollIntoView({ block: "start" });
    }
    return;
  }
  const turn = from?.closest(".turn");
  if (!reader.isShown(place.document)) {
    if (!view.documents.some((each) => each.id === place.document)) {
      fail(new Refused("The article that this link leads into is not the one that is open; choose it above."));
      return;
    }
    await start(view.article, place.document);
  }
  for (const each of document.querySelectorAll(".cite.chosen")) each.classList.remove("chosen");
  if (turn) {
    look(turn);
    for (const each of turn.querySelectorAll(".cite")) if (each.hash === link) each.classList.add("chosen");
  }
  reader.open(true);
  reader.choose(place, from?.dataset.where ?? "");
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.classList.contains("question")) {
    reader.open(!reader.isSheet() && reader.isOpen(), { focus: false });
    send(button.textContent);
  }
  if (button?.classList.contains("csv")) download("table", [view.article, view.document, Number(button.dataset.table)]);
  const link = event.target.closest('a[href^="#"]');
  if (link && !link.classList.contains("skip") && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    hideTip();
    if (location.hash !== link.hash) history.pushState(null, "", link.hash);
    follow(link.hash, link).catch(fail);
  }
});
addEventListener("popstate", () => follow(location.hash).catch(fail));
addEventListener("hashchange", () => follow(location.hash).catch(fail));

const tip = byId("tip");
function showTip(event) {
  const link = event.target.closest?.("[data-quote]");
  if (!link) return;
  tip.replaceChildren(`“${link.dataset.quote}”`, make("small", {}, link.dataset.where || ""));
  tip.hidden = false;
  link.setAttribute("aria-describedby", "tip");
  const at = link.getBoundingClientRect();
  const height = tip.offsetHeight;
  const left = Math.min(at.left, innerWidth - tip.offsetWidth - 12);
  const top = at.bottom + height + 16 > innerHeight ? at.top - height - 8 : at.bottom + 8;
  tip.style.left = `${Math.max(12, left)}px`;
  tip.style.top = `${Math.max(8, top)}px`;
}
function hideTip() {
  tip.hidden = true;
  document.querySelector('[aria-describedby="tip"]')?.removeAttribute("aria-describedby");
}
document.addEventListener("mouseover", (event) => (event.target.closest?.("[data-quote]") ? showTip(event) : hideTip()));
document.addEventListener("focusin", (event) => (event.target.matches(":focus-visible") ? showTip(event) : hideTip()));
byId("scroll").addEventListener("scroll", hideTip);

// --- keeping -----------------------------------------------------------------------------------------

async function download(name, data) {
  try {
    const file = await ask(name, data);
    const type = file.name.endsWith(".html") ? "text/html" : file.name.endsWith(".csv") ? "text/csv" : "text/markdown";
    const link = make("a", { href: URL.createObjectURL(new Blob([file.text], { type })), download: file.name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  } catch (error) {
    fail(error);
  }
}

function dialog(title, ...content) {
  byId("dialog-title").textContent = title;
  byId("dialog-body").replaceChildren(...content);
  byId("dialog").showModal();
}

byId("export").addEventListener("click", () => {
  const choice = (kind, label, note) => {
    const button = make("button", { type: "button" }, label, make("small", {}, note));
    button.addEventListener("click", () => {
      byId("dialog").close();
      download("export", [talk.answers, kind]);
    });
    return button;
  };
  dialog(
    "Export this conversation",
    make(
      "div",
      { className: "exports" },
      choice("html", "Web page", "One file with all quotes and where they stand; footnote verify checks it"),
      choice("markdown", "Markdown", "Text with citations, to paste anywhere"),
    ),
  );
});

byId("history").addEventListener("click", () => {
  const items = kept.all().map((each) => {
    const when = new Date(each.at).toLocaleString();
    const opens = make("button", { type: "button", className: "open" }, each.title || "Conversation", make("small", {}, when));
    const removes = make("button", { type: "button", "aria-label": `Delete: ${each.title}` }, "Delete");
    const item = make("li", {}, opens, removes);
    opens.addEventListener("click", () => {
      byId("dialog").close();
      restore(each).catch(fail);
    });
    removes.addEventListener("click", () => {
      kept.remove(each.id);
      if (each.id === talk.id) anew();
      item.remove();
    });
    return item;
  });
  const clear = make("button", { type: "button" }, "Delete all");
  clear.addEventListener("click", () => {
    kept.removeAll();
    anew();
    byId("dialog").close();
  });
  const none = make("p", {}, "Nothing was asked yet. Conversations stay in this browser.");
  dialog("Conversations in this browser", ...(items.length ? [make("ul", { className: "kept" }, ...items), clear] : [none]));
});

/** Show a kept conversation: its answers are written anew by the server. */
async function restore(conversation) {
  halt();
  if (conversation.article !== view?.article) await start(conversation.article);
  const cards = await ask("show", [conversation.answers, conversation.article]);
  talk = { id: conversation.id, title: conversation.title, answers: cards.map((each) => each.answer) };
  turns.replaceChildren();
  cards.forEach((each, number) => {
    const turn = newTurn(each.answer.question);
    turn.number = number + 1;
    turns.append(turn);
    finish(turn, each, false);
  });
  welcome();
  if (turns.lastElementChild) look(turns.lastElementChild);
  kept.put({ ...talk, article: view.article }, view.upload);
  byId("scroll").scrollTop = byId("scroll").scrollHeight;
}

/** Begin a new conversation about the same article. */
function anew() {
  halt();
  kept.leave();
  talk = fresh();
  turns.replaceChildren();
  history.replaceState(null, "", location.pathname + location.search);
  byId("export").disabled = true;
  reader.cite([], "");
  if (view) welcome();
  box.focus();
}

// --- other articles ----------------------------------------------------------------------------------

async function upload(file, glossary) {
  if (!file) return;
  if (file.size > LARGEST) {
    fail(new Refused(`The file has ${(file.size / 1e6).toFixed(1)} MB; the chat reads up to ${LARGEST / 1e6} MB, and footnote ingest FILE reads larger ones.`));
    return;
  }
  try {
    say(`Reading ${file.name}`, true);
    const terms = glossary ? [glossary.name, await base64(glossary)] : null;
    let article = "";
    for await (const value of stream("read_in", [file.name, await base64(file), terms])) {
      if (value.opening) say(`Reading ${file.name}: ${progress(value.opening)}`, true);
      else article = value.article;
    }
    anew();
    await start(article);
    if (!reader.isSheet()) box.focus();
  } catch (error) {
    fail(error);
  }
}

function base64(file) {
  return new Promise((done, failed) => {
    const made = new FileReader();
    made.onload = () => done(made.result.slice(made.result.indexOf(",") + 1));
    made.onerror = () => failed(new Refused("The file cannot be read; choose it again."));
    made.readAsDataURL(file);
  });
}

byId("upload").addEventListener("click", () => {
  const file = make("input", { id: "file", type: "file", accept: ".md,.markdown,.txt,text/plain,text/markdown", required: true });
  const terms = make("input", { id: "glossary", type: "file", accept: ".json,application/json" });
  const form = make(
    "form",
    { className: "upload" },
    make("label", { htmlFor: "file" }, "A text or Markdown file, up to 2 MB"),
    file,
    make("label", { htmlFor: "glossary" }, "Its glossary, if you have one"),
    terms,
    make("p", { className: "fine" }, "A glossary says what else things are called: ", make("code", {}, '{"terms": [{"term": "European Union", "also": ["EU"]}]}')),
    make("p", {}, "Only this tab can ask about the file. It is deleted when the chat ends."),
    make("button", { className: "primary" }, "Ask about it"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    byId("dialog").close();
    upload(file.files[0], terms.files[0]);
  });
  dialog("Ask about an article of yours", form);
});
const carriesFile = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
addEventListener("dragover", (event) => {
  if (!carriesFile(event)) return;
  event.preventDefault();
  byId("drop").hidden = false;
});
addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) byId("drop").hidden = true;
});
addEventListener("drop", (event) => {
  if (!carriesFile(event)) return;
  event.preventDefault();
  byId("drop").hidden = true;
  const files = [...event.dataTransfer.files];
  const isGlossary = (file) => files.length > 1 && /\.json$/i.test(file.name);
  upload(files.find((file) => !isGlossary(file)), files.find(isGlossary));
});
byId("articles").addEventListener("change", async (event) => {
  anew();
  try {
    await start(event.target.value);
  } catch (error) {
    fail(error);
    wanted = view?.article ?? "";
    event.target.value = wanted; // what was open still is
  }
});
byId("documents").addEventListener("change", (event) => start(view.article, event.target.value).catch(fail));

// --- habits ------------------------------------------------------------------------------------------

byId("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const question = box.value;
  if (!question.trim() || running) return;
  box.value = "";
  grow();
  send(question);
});
box.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    byId("ask").requestSubmit();
  }
});
box.addEventListener("input", grow);
byId("stop").addEventListener("click", () => running?.abort());
byId("with-model").checked = kept.usesModel();
byId("with-model").addEventListener("change", (event) => kept.useModel(event.target.checked));
byId("new").addEventListener("click", anew);
byId("copy-link").addEventListener("click", (event) => {
  address.hash = reader.chosenLink();
  copy(address.href, event.target);
});
addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || byId("dialog").open) return;
  if (!tip.hidden) hideTip();
  else if (reader.isOpen()) reader.open(false);
});

function logIn() {
  const name = make("input", { name: "name", autocomplete: "username", required: true });
  const password = make("input", { type: "password", autocomplete: "current-password", required: true });
  const note = make("p", { className: "status wrong", role: "alert" });
  const form = make(
    "form",
    { className: "login" },
    make("h2", {}, "Log in"),
    make("label", {}, "Name", name),
    make("label", {}, "Password", password),
    make("button", {}, "Log in"),
    note,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await login(name.value, password.value)) location.reload();
    else note.textContent = "The name or the password is wrong.";
  });
  byId("desk").replaceChildren(form);
  document.querySelector(".tools").hidden = true;
  document.querySelector(".bar .pick").hidden = true;
  name.focus();
}

async function begin() {
  const before = kept.current();
  const question = address.searchParams.get("q");
  try {
    await start(before && !question ? before.article : (address.searchParams.get("article") ?? ""));
  } catch (error) {
    if (error.login) return logIn();
    if (!before) throw error;
    kept.leave();
    await start("");
    fail(error); // an upload that is gone: say so, and go on with what there is
  }
  if (before && !question && before.article === view.article) await restore(before);
  if (location.hash) await follow(location.hash);
  if (question) {
    address.searchParams.delete("q");
    history.replaceState(null, "", address);
    await send(question);
  } else if (!reader.isSheet()) {
    box.focus();
  }
}

const beginOr = () => begin().catch((error) => fail(error, beginOr));
reader.begin();
beginOr();
