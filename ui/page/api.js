// Requests to the server, in the form that Gradio's clients use: an event is made, then its stream is read.

const API = "/gradio_api";
const session = crypto.getRandomValues(new Uint32Array(2)).join("-");

/** What went wrong, in a line for people. `login` is true where one has to log in first. */
export class Refused extends Error {
  constructor(message, login = false) {
    super(message);
    this.login = login;
  }
}

/** Yield what a request gives, as it comes; the last value is the whole. */
export async function* stream(name, data, signal) {
  const made = await reach(`${API}/call/${name}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ data, session_hash: session + "-" + crypto.randomUUID() }),
    signal,
  });
  const { event_id: event } = await made.json();
  const answer = await reach(`${API}/call/${name}/${event}`, { signal });
  let whole = false;
  for await (const [kind, value] of events(answer.body)) {
    if (kind === "error") throw new Refused(value?.error || "The server could not answer; ask again.");
    if (kind === "generating") yield value[0];
    if (kind === "complete") {
      whole = true;
      if (value) yield value[0];
    }
  }
  if (!whole) throw new Refused("The server stopped answering. Is footnote chat still running?");
}

/** The last value of a request. */
export async function ask(name, data, signal) {
  let last;
  for await (const value of stream(name, data, signal)) last = value;
  return last;
}

/** Log in; whether the name and the password were right. */
export async function login(name, password) {
  const body = new URLSearchParams({ username: name, password });
  const done = await fetch("/login", { method: "POST", body });
  return done.ok;
}

async function reach(address, options) {
  let reply;
  try {
    reply = await fetch(address, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused("The server cannot be reached. Is footnote chat still running?");
  }
  if (reply.status === 401) throw new Refused("Log in first.", true);
  if (!reply.ok) throw new Refused(await said(reply));
  return reply;
}

async function said(reply) {
  const text = await reply.text();
  try {
    const { detail } = JSON.parse(text);
    return typeof detail === "string" ? detail : `The server refused (${reply.status}).`;
  } catch {
    return text.slice(0, 300);
  }
}

/** The events of a stream: its kind and its data. */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    held += value;
    let end;
    while ((end = held.indexOf("\n\n")) >= 0) {
      const lines = held.slice(0, end).split("\n");
      held = held.slice(end + 2);
      const kind = lines.find((line) => line.startsWith("event: "))?.slice(7);
      const data = lines.find((line) => line.startsWith("data: "))?.slice(6);
      if (kind) yield [kind, data ? JSON.parse(data) : null];
    }
  }
}
