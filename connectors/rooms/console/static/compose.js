// The form in which a reply is edited or written: checked while one types, never lost.

import { ask, byId, toast, words } from "./talk.js";
import * as translation from "./translate.js";

const me = document.body.dataset.me;
const PREFIX = `parley:edit:${me}:`;

let form = null;
let field = null;
let original = "";
let wordsThen = "";
let checked = { text: "", flags: [] };
let turn = 0;
let timer = 0;

const keyOf = () => PREFIX + form.dataset.conversation;
const part = (name) => form.querySelector(`[data-${name}]`);
const buyersWords = () => document.querySelector("#words .own")?.textContent ?? "";

export const isReply = (other) => other === form;

export function begin() {
  form = byId("reply-form");
  if (!form) return;
  field = form.elements.text;
  original = field.value;
  wordsThen = buyersWords();
  checked = { text: original, flags: JSON.parse(form.dataset.flags) };
  field.addEventListener("input", typed);
  field.addEventListener("keyup", pointAt);
  field.addEventListener("click", pointAt);
  part("close-reply").addEventListener("click", close);
  part("discard-kept").addEventListener("click", discard);
  translation.begin(form, draw);
  restore();
  draw();
  field.focus({ preventScroll: true });
  field.setSelectionRange(field.value.length, field.value.length);
  form.scrollIntoView({ block: form.offsetHeight > innerHeight / 2 ? "start" : "nearest" });
}

// ── kept for its author ───────────────────────────────────────────────────────

function restore() {
  const kept = JSON.parse(localStorage.getItem(keyOf()) ?? "null");
  if (!kept?.text.trim() || kept.text === original) return;
  field.value = kept.text;
  const when = new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: "short" });
  part("kept").firstElementChild.textContent = words.kept.replace("{when}", when.format(kept.at));
  part("kept").hidden = false;
  check();
}

function discard() {
  field.value = original;
  part("kept").hidden = true;
  localStorage.removeItem(keyOf());
  check();
  field.focus();
}

export function close() {
  if (!form) return;
  if (localStorage.getItem(keyOf())) toast(words.keptLocally);
  end();
}

function end() {
  clearTimeout(timer);
  turn += 1;
  translation.end();
  form = null;
  byId("reply").replaceChildren();
  byId("conversation").focus({ preventScroll: true });
}

// By now another conversation may be open, with a form of its own.
export function sent(other) {
  localStorage.removeItem(PREFIX + other.dataset.conversation);
  if (other === form) end();
}

export function forgetAll() {
  for (const key of Object.keys(localStorage)) if (key.startsWith("parley:edit:")) localStorage.removeItem(key);
}

// After the page around the form has changed: the buyer may have written again, or it is gone.
export function lookAround() {
  if (form && !form.isConnected) form = null;
  if (form) part("newer").hidden = buyersWords() === wordsThen;
}

// ── sending ───────────────────────────────────────────────────────────────────

const blocked = () => (translation.stands() ? translation.flags() : checked.flags).some((flag) => flag.severity === "block");

// Words in another language are seen translated before they leave; true: they may leave now.
export const ready = (submitter) => submitter?.matches("[data-send-anyway]") || translation.ready(field.value, submitter);

// The server would not send them unseen: this is how the buyer would read them.
export const held = (found) => translation.show(field.value, found, true);

export const send = () => part("send").disabled || form.requestSubmit(part("send"));

export function leaving(body, submitter) {
  if (form.dataset.told) {
    // The writer was told that something changed under their hands, and sends what they see now.
    const seen_seq = Number(byId("conversation").dataset.seq);
    body.set("command", JSON.stringify({ ...JSON.parse(body.get("command")), based_on: null, seen_seq }));
  }
  if (!submitter?.matches("[data-send-anyway]")) body.delete("override");
  const wording = translation.wording(field.value, submitter);
  if (wording) body.set("text", wording);
}

export function refused(stale) {
  if (!form) return;
  if (stale) form.dataset.told = "yes";
  check();
}

// ── checking ──────────────────────────────────────────────────────────────────

function typed() {
  localStorage.setItem(keyOf(), JSON.stringify({ text: field.value, at: Date.now() }));
  checked = carried(checked, field.value);
  translation.typed();
  draw();
  byId("reply-checked").textContent = words.checking;
  clearTimeout(timer);
  timer = setTimeout(check, 400);
}

async function check() {
  clearTimeout(timer);
  const mine = ++turn;
  const text = field.value;
  const command = { kind: "check_text", conversation_id: form.dataset.conversation, text };
  const body = new URLSearchParams({ token: form.elements.token.value, command: JSON.stringify(command) });
  const answer = await ask("/console/do", { method: "POST", body });
  if (mine !== turn || !form) return; // a later text has been asked about, or the form is gone
  if (!answer.checked) return void (byId("reply-checked").textContent = answer.text ?? "");
  checked = { text, flags: answer.checked.flags };
  if (field.value !== text) checked = carried(checked, field.value);
  byId("reply-checked").textContent = answer.checked.checked;
  draw();
  translation.about(field.value, answer.checked.foreign);
}

// Findings count code points. Those outside what was typed since move along with their words.
function carried({ text, flags }, now) {
  const old = [...text];
  const fresh = [...now];
  let start = 0;
  while (start < old.length && start < fresh.length && old[start] === fresh[start]) start += 1;
  let tail = 0;
  const room = Math.min(old.length, fresh.length) - start;
  while (tail < room && old[old.length - 1 - tail] === fresh[fresh.length - 1 - tail]) tail += 1;
  const shift = fresh.length - old.length;
  const moved = flags.flatMap((flag) => {
    const fix = flag.fix ?? flag;
    if (Math.max(flag.end, fix.end) <= start) return [flag];
    if (Math.min(flag.start, fix.start) < old.length - tail) return [];
    const by = (one) => ({ ...one, start: one.start + shift, end: one.end + shift });
    return [{ ...by(flag), fix: flag.fix && by(flag.fix) }];
  });
  return { text: now, flags: moved };
}

// ── drawing ───────────────────────────────────────────────────────────────────

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function draw() {
  const points = [...checked.text];
  underline(points);
  const own = translation.stands() ? [] : checked.flags; // what stands below has its own
  byId("reply-findings").replaceChildren(...own.map((flag) => finding(flag, points)));
  byId("reply-checked").hidden = translation.stands();
  const over = (translation.stands() ? translation.length() : points.length) - Number(form.dataset.limit);
  part("count").textContent = over > 0 ? words.over.replace("{n}", over) : "";
  part("send").disabled = blocked() || over > 0;
  part("send-label").textContent = translation.label();
  const anyway = part("send-anyway");
  if (anyway) part("override-field").hidden = anyway.hidden = !blocked() || over > 0;
}

// The same text behind the field, in the same type, with lines under what the findings are about.
function underline(points) {
  const pieces = [];
  let from = 0;
  for (const flag of marked(points).sort((a, b) => a.start - b.start)) {
    pieces.push(points.slice(from, flag.start).join(""));
    pieces.push(element("mark", flag.severity, points.slice(flag.start, flag.end).join("")));
    from = flag.end;
  }
  form.querySelector(".marks").replaceChildren(...pieces, points.slice(from).join(""), "\n");
}

// Of findings that overlap, the gravest. One about the whole text is about none of its words.
const GRAVITY = ["block", "warn", "tip"];
const gravest = (a, b) =>
  GRAVITY.indexOf(a.severity) - GRAVITY.indexOf(b.severity) || a.end - a.start - (b.end - b.start);
const aboutWords = (flag, points) =>
  flag.end > flag.start && (flag.start > 0 || points.slice(flag.end).join("").trim() !== "");

function marked(points) {
  const chosen = [];
  for (const flag of translation.stands() ? [] : [...checked.flags].sort(gravest)) {
    const free = chosen.every((one) => flag.end <= one.start || one.end <= flag.start);
    if (free && aboutWords(flag, points)) chosen.push(flag);
  }
  return chosen;
}

function finding(flag, points) {
  const line = element("li", flag.severity);
  line.dataset.start = flag.start;
  line.append(element("span", "severity", words[flag.severity]));
  const said = element("span");
  if (aboutWords(flag, points)) said.append(element("q", "", points.slice(flag.start, flag.end).join("")), " ");
  said.append(flag.message);
  line.append(said);
  if (editOf(flag)) {
    const sign = flag.fix ? "+" : "→";
    const better = element("button", "better", flag.better ? `${sign} ${flag.better}` : words.remove);
    better.type = "button";
    better.title = flag.better ? (flag.fix ? words.add : words.better) : words.remove;
    better.dataset.testid = "better";
    better.addEventListener("click", () => improve(flag, points));
    line.append(better);
  }
  return line;
}

// What one press puts in place of which words: a better wording, nothing, or a sentence more.
function editOf(flag) {
  if (flag.fix) return flag.fix;
  return flag.better === null || flag.end <= flag.start ? null : { ...flag, text: flag.better };
}

function improve(flag, points) {
  const edit = editOf(flag);
  const gap = edit.text === "" && points[edit.start - 1] === " " && points[edit.end] === " ";
  const start = points.slice(0, edit.start - (gap ? 1 : 0)).join("").length;
  const end = points.slice(0, edit.end).join("").length;
  field.focus();
  field.setSelectionRange(start, end);
  // The old command is the only way that leaves the browser's own undo working.
  if (!document.execCommand(edit.text ? "insertText" : "delete", false, edit.text)) {
    field.setRangeText(edit.text, start, end, "end");
    typed();
  }
  check();
}

// The finding whose words the caret stands in comes forward in the list.
function pointAt() {
  const at = [...field.value.slice(0, field.selectionStart)].length;
  for (const line of byId("reply-findings").children) {
    const flag = checked.flags[[...byId("reply-findings").children].indexOf(line)];
    line.classList.toggle("here", flag.start <= at && at <= flag.end && flag.end > flag.start);
  }
}
