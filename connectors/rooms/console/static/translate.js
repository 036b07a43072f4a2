// What is typed in another language, as the buyer would read it: below the field, a line a sentence.
// While somebody types only the newest text is asked about; before it leaves it is read in full,
// with what it says translated back.

import { ask, byId, words } from "./talk.js";

const PAUSE_MS = 350;

let form = null;
let pane = null;
let drawn = () => {};
let shown = null; // { text, found, full }
let foreign = false;
let timer = 0;
let running = null;

const part = (name) => pane.querySelector(`[data-${name}]`);

export function begin(replyForm, draw) {
  end();
  form = replyForm;
  pane = form.querySelector("[data-translation]");
  drawn = draw;
}

export function end() {
  stop();
  form = pane = shown = null;
  foreign = false;
}

function stop() {
  clearTimeout(timer);
  running?.abort();
  running = null;
}

// There is a translation, and it is what would be sent.
export const stands = () => foreign && Boolean(shown?.found.translation);
export const flags = () => shown.found.flags;
export const length = () => [...shown.found.translation.wording].length;

export function label() {
  if (!stands()) return words.send;
  const full = shown.full && shown.text === form.elements.text.value;
  return (full ? words.sendIn : words.seeIn).replace("{language}", shown.found.translation.name);
}

export function wording(text, submitter) {
  const read = stands() && shown.full && shown.text === text;
  return read && !submitter?.matches("[data-as-typed]") ? shown.found.translation.wording : "";
}

// May it leave? Where it was not read in full yet, that is what happens now.
export function ready(text, submitter) {
  if (!stands() || submitter?.matches("[data-as-typed]")) return true;
  if (shown.full && shown.text === text) return true;
  look(text, true);
  return false;
}

// ── asking ────────────────────────────────────────────────────────────────────

// Something was typed: what stands there is of an older text now.
export function typed() {
  stop();
  pane.classList.toggle("waiting", foreign);
  part("as-typed").hidden = true;
}

// The server has looked at *text*; *other*: it is not what the buyer reads.
export function about(text, other) {
  foreign = other;
  stop();
  if (!other || !text.trim()) return hide();
  if (shown?.text === text) return render();
  timer = setTimeout(() => look(text, false), PAUSE_MS);
}

async function look(text, full) {
  stop();
  const mine = (running = new AbortController());
  pane.hidden = false;
  pane.classList.add("waiting");
  part("state").textContent = words.translating;
  const command = { kind: "preview_translation", conversation_id: form.dataset.conversation, text, back: full };
  const body = new URLSearchParams({ token: form.elements.token.value, command: JSON.stringify(command) });
  const answer = await ask("/console/do", { method: "POST", body, signal: mine.signal });
  if (running !== mine || !form) return; // another text is asked about, or the form is gone
  running = null;
  if (answer.checked) return show(text, answer.checked, full);
  pane.classList.remove("waiting");
  part("state").textContent = answer.text ?? "";
}

// ── drawing ───────────────────────────────────────────────────────────────────

export function show(text, found, full) {
  foreign = found.foreign;
  shown = { text, found, full };
  render();
}

function hide() {
  pane.hidden = true;
  drawn();
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = text;
  made.dir = "auto";
  return made;
}

function render() {
  const { found, full, text } = shown;
  if (!foreign) return hide();
  const appears = pane.hidden || full || !part("lines").childElementCount;
  const there = found.translation;
  pane.hidden = false;
  pane.classList.remove("waiting");
  const who = byId("conversation").dataset.buyer;
  part("title").textContent = there ? words.readsIn.replace("{who}", who).replace("{language}", there.name) : "";
  part("state").textContent = found.untranslated ?? (full ? words.notRead : "");
  part("lines").replaceChildren(...(there?.lines ?? []).map((line) => sentence(line, there.language)));
  part("objections").replaceChildren(...(there ? found.flags.map((flag) => objection(flag, there.wording)) : []));
  part("note").textContent = there?.note ?? "";
  part("note").hidden = !there?.note;
  part("as-typed").hidden = !(there && full && text === form.elements.text.value);
  drawn();
  if (appears) pane.scrollIntoView({ block: "nearest" });
}

function sentence(line, language) {
  const item = element("li", line.wrong.length ? "wrong" : "", "");
  const wording = element("p", "wording", line.wording);
  wording.lang = language;
  const there = document.createElement("div");
  there.append(wording);
  if (line.back) {
    const back = element("p", "back", "");
    const label = document.createElement("b");
    label.textContent = `${words.readBack} `;
    back.append(label, line.back);
    there.append(back);
  }
  item.append(element("p", "typed", line.typed), there);
  for (const what of line.wrong) item.append(element("p", "why", what));
  return item;
}

function objection(flag, wording) {
  const item = element("li", flag.severity, "");
  const said = document.createElement("span");
  const about = [...wording].slice(flag.start, flag.end).join("");
  if (about && about.trim() !== wording.trim()) {
    const quoted = document.createElement("q");
    quoted.dir = "auto";
    quoted.textContent = about;
    said.append(quoted, " ");
  }
  said.append(flag.message);
  const severity = element("span", "severity", words[flag.severity]);
  item.append(severity, said);
  return item;
}
