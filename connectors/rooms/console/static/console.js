// The console in the browser: puts in place what the server renders, and hears of changes.
// Without this script every button still works; with it, nothing jumps and nothing is lost.

import * as reply from "./compose.js";
import { morph } from "./morph.js";
import { ask, byId, pause, toast, words } from "./talk.js";

const desk = byId("desk");
const opened = () => byId("conversation")?.dataset.id ?? "";
const EVERYTHING = ["queue", "conversation", "facts"];

// ── putting parts in place ────────────────────────────────────────────────────

// Answers are numbered when they are asked for, and an older one never replaces a newer one. As
// every commit is followed by news, and news by a question, what is shown last is what is true.
let asked = 0;
const shown = { queue: 0, conversation: 0, facts: 0 };
const overtaken = (turn) => EVERYTHING.some((name) => turn < shown[name]);

function place(id, html) {
  const there = byId(id);
  const fresh = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
  if (!there || !fresh) return;
  if (there.dataset.id !== fresh.dataset.id || id === "reply") there.replaceWith(fresh);
  else morph(there, fresh);
}

function show(answer, turn) {
  const parts = { ...answer.parts };
  for (const name of EVERYTHING) {
    if (parts[name] === undefined) continue;
    if (turn < shown[name]) delete parts[name]; // a newer answer came first
    else shown[name] = turn;
  }
  const focused = document.activeElement ?? document.body;
  for (const [id, html] of Object.entries(parts)) place(id, html);
  if (focused !== document.activeElement) {
    const next = focused.isConnected ? focused : byId("conversation"); // its button is gone
    next?.focus({ preventScroll: true });
  }
  if (parts.reply) reply.begin();
  reply.lookAround();
  const waiting = Number(byId("queue")?.dataset.waiting ?? 0);
  const title = byId("conversation")?.dataset.title ?? "Parley";
  if (desk) document.title = waiting ? `(${waiting}) ${title}` : title;
  if (answer.text) toast(answer.text, answer.tone);
}

const wanted = new Set();
let fetching = false;

// At once for the first change, then at most four times a second however much happens.
async function refresh(names) {
  if (!desk) return;
  for (const name of names) wanted.add(name);
  if (fetching) return;
  fetching = true;
  try {
    while (wanted.size) {
      const query = new URLSearchParams({ names: [...wanted].join(), id: opened(), only: desk.dataset.only });
      wanted.clear();
      const turn = ++asked;
      const before = opened();
      const answer = await ask(`/console/parts?${query}`);
      if (!answer.parts && !answer.again) return wanted.clear(); // logged out, or it was erased
      // What could not be had is asked for again; so is what was about another conversation.
      if (answer.parts && before === opened()) show({ parts: answer.parts }, turn);
      else for (const name of EVERYTHING) wanted.add(name);
      await pause(answer.parts ? 250 : 3000);
    }
  } finally {
    fetching = false; // one part that can't be shown must not be the last
  }
}

// ── news ──────────────────────────────────────────────────────────────────────

let source = null;
let late = 0;

function listen() {
  source?.close();
  source = new EventSource("/console/events");
  source.addEventListener("hello", () => {
    clearTimeout(late);
    late = 0;
    byId("offline").hidden = true;
    refresh([...EVERYTHING, "troubles"]);
  });
  source.addEventListener("change", (event) => heard(JSON.parse(event.data)));
  source.addEventListener("error", () => {
    late ||= setTimeout(() => (byId("offline").hidden = false), 1200);
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 3000);
  });
}

function heard({ kind, id }) {
  if (kind === "typing") return void (id === opened() && typing());
  if (kind === "playbooks") return void refresh(["troubles"]);
  // Of the one that is being opened, the answer on its way may tell an older state.
  refresh(kind === "again" || id === opened() || id === opening ? EVERYTHING : ["queue"]);
}

let stillTyping = 0;
function typing() {
  const line = byId("typing");
  if (!line) return;
  line.textContent = words.typing.replace("{who}", byId("conversation").dataset.buyer);
  line.hidden = false;
  clearTimeout(stillTyping);
  stillTyping = setTimeout(() => (line.hidden = true), 5000);
}

// Browsers allow six connections to a server: a page nobody looks at gives its own back.
let unseen = 0;
function watchVisibility() {
  clearTimeout(unseen);
  if (document.hidden) unseen = setTimeout(() => source?.close(), 60_000);
  else if (source?.readyState === EventSource.CLOSED) listen();
}

// ── going places ──────────────────────────────────────────────────────────────

function placeOf(address) {
  const url = new URL(address, location.href);
  const [, kind, id] = url.pathname.split("/");
  const named = kind === "conversations" ? decodeURIComponent(id) : "";
  return { url, id: named, only: url.searchParams.get("only") ?? "all" };
}

let going = 0;
let opening = "";

async function go(href, { remember = true } = {}) {
  const { url, id, only } = placeOf(href);
  const mine = ++going;
  opening = id;
  desk.dataset.only = only;
  for (const row of document.querySelectorAll("a.row"))
    row.dataset.id === id ? row.setAttribute("aria-current", "page") : row.removeAttribute("aria-current");
  const query = new URLSearchParams({ names: EVERYTHING.join(), id, only: desk.dataset.only });
  const turn = ++asked;
  const answer = await ask(`/console/parts?${query}`);
  if (mine !== going) return; // another place was chosen since
  opening = "";
  if (!answer.parts) return show(answer, turn);
  if (remember && url.href !== location.href) history.pushState(null, "", url);
  const other = id !== opened();
  const old = overtaken(turn);
  show(answer, old ? ++asked : turn); // whoever goes somewhere gets there all the same
  if (old) refresh(EVERYTHING);
  desk.classList.toggle("at-conversation", id !== "");
  if (other && id) byId("conversation").focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a.row, a[data-only], .who a.back");
  if (desk && link && !(event.metaKey || event.ctrlKey || event.shiftKey || event.button)) {
    event.preventDefault();
    go(link.href);
  }
  const facts = event.target.closest(".facts-head .back");
  if (facts) {
    event.preventDefault();
    location.replace(facts.hash); // going back from here leads to the queue, not to the facts
  }
  const opener = event.target.closest("[data-open]");
  if (opener) byId(opener.dataset.open).showModal();
  const example = event.target.closest("[data-ask]");
  if (example) {
    byId("look-up-form").elements.q.value = example.dataset.ask;
    byId("look-up-form").requestSubmit();
  }
  const copy = event.target.closest("[data-copy]");
  if (copy) navigator.clipboard.writeText(copy.previousElementSibling.value).then(() => toast(words.copied));
  for (const open of document.querySelectorAll("details.menu[open], details.opens[open]"))
    if (!open.contains(event.target)) open.open = false;
});

addEventListener("popstate", () => {
  const { id, only } = placeOf(location.href);
  // On a phone the facts are a place of their own, `#facts`; the page is still the same.
  if (desk && (id !== opened() || only !== desk.dataset.only)) go(location.href, { remember: false });
});

// ── pressing buttons ──────────────────────────────────────────────────────────

async function press(form, submitter) {
  if (form.ariaBusy === "true") return;
  if (form.id === "reply-form" && !reply.ready(submitter)) return;
  form.ariaBusy = "true";
  const body = new URLSearchParams(new FormData(form, submitter));
  body.set("only", desk?.dataset.only ?? "all");
  if (form.id === "reply-form") reply.leaving(body, submitter);
  const at = opened();
  const turn = ++asked;
  const answer = await ask("/console/do", { method: "POST", body });
  form.ariaBusy = null;
  const done = answer.tone === "good";
  if (answer.checked?.translation && reply.isReply(form)) return reply.held(answer.checked);
  if (form.id === "reply-form") done ? reply.sent(form) : reply.refused(answer.stale);
  if (done && form.closest("details.opens")) {
    form.closest("details.opens").open = false;
    form.reset();
  }
  if (answer.parts && at !== opened()) answer.parts = { queue: answer.parts.queue };
  show(answer, turn);
  if (done && form.dataset.then === "reload") location.reload();
  if (!done) refresh(EVERYTHING); // somebody was faster: show what is true now
}

async function lookUp(form) {
  const query = new URLSearchParams(new FormData(form));
  query.set("id", opened());
  const turn = ++asked;
  show(await ask(`/console/look-up?${query}`), turn);
  if (byId("look-up").childElementCount && !byId("drawer").open) byId("drawer").show();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.id === "logout") reply.forgetAll();
  if (form.elements.back) form.elements.back.value = location.pathname + location.search;
  const quiet = form.dataset.quiet ?? (form.id === "theme-form" ? "theme" : "");
  if (!form.dataset.do && !quiet && form.id !== "look-up-form") return;
  event.preventDefault();
  if (form.dataset.do) press(form, event.submitter);
  else if (quiet) choose(quiet, form, event.submitter);
  else lookUp(form);
});

// The second click of a double click would hit whatever took the first button's place.
document.addEventListener("click", (event) => {
  if (event.detail > 1 && event.target.closest("form.press button")) event.preventDefault();
});

function choose(what, form, button) {
  const body = new URLSearchParams(new FormData(form));
  body.set(what, button.value);
  if (what === "theme") {
    const chosen = document.documentElement.dataset.theme;
    const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    document.documentElement.dataset.theme = dark ? "light" : "dark";
    body.set("theme", dark ? "light" : "dark");
  } else byId(what).remove();
  fetch(form.action, { method: "POST", body, redirect: "manual" });
}

// ── keys ──────────────────────────────────────────────────────────────────────

const isField = (element) => element.matches?.("input:not([type=radio]), textarea, select");

document.addEventListener("keydown", (event) => {
  if (event.isComposing) return; // Enter that ends a Chinese or Japanese word is not ours
  const form = event.target.closest?.("form");
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form?.dataset.do) {
    event.preventDefault();
    return reply.isReply(form) ? reply.send() : form.requestSubmit();
  }
  if (event.key === "Escape") return leave(event.target);
  if (event.ctrlKey || event.metaKey || event.altKey || isField(event.target)) return;
  if (document.querySelector("dialog:modal")) return;
  const steps = { j: 1, k: -1 };
  if (steps[event.key] && desk) return move(steps[event.key]);
  if (event.key === "o") return document.activeElement.closest?.("a.row")?.click();
  if (event.key === "?") return byId("keys")?.showModal();
  const target = [...document.querySelectorAll("[data-shortcut]")].find(
    (one) => one.dataset.shortcut === event.key && one.checkVisibility(),
  );
  if (!target) return;
  event.preventDefault();
  if (isField(target)) return target.select();
  target.click();
  target.closest("details.opens[open]")?.querySelector("textarea, select, input:not([type=hidden])").focus();
});

function move(step) {
  const rows = [...document.querySelectorAll("a.row")];
  const from = rows.indexOf(document.activeElement.closest("a.row"));
  const current = from < 0 ? rows.findIndex((row) => row.ariaCurrent) : from;
  const next = rows[current < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, current + step))];
  next?.focus();
}

function leave(target) {
  if (byId("drawer")?.open) byId("drawer").close();
  else if (target.closest("#reply")) reply.close();
  else if (target.closest("details[open]")) {
    const open = target.closest("details[open]");
    open.open = false;
    open.querySelector("summary").focus();
  } else if (isField(target)) target.blur();
}

// ── the undo time, counted down ───────────────────────────────────────────────

const ends = new WeakMap();

function countDown() {
  for (const line of document.querySelectorAll("[data-left]")) {
    const told = line.dataset.left;
    if (ends.get(line)?.told !== told) ends.set(line, { told, at: performance.now() + told * 1000 });
    const left = Math.ceil((ends.get(line).at - performance.now()) / 1000);
    const text = left > 0 ? words.sending.replace("{n}", left) : words.sendingNow;
    if (line.textContent !== text) line.textContent = text;
  }
}

// ── begin ─────────────────────────────────────────────────────────────────────

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
document.cookie = `parley_zone=${zone}; path=/; max-age=31536000; samesite=lax`;
if (desk) {
  listen();
  document.addEventListener("visibilitychange", watchVisibility);
  countDown();
  setInterval(countDown, 250);
  reply.begin();
}
