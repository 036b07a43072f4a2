// The chat's wire: a session, a socket that comes back, an outbox that survives a reload.
//
// A message has an id of our making and stays in the outbox until the desk says that it is durable;
// whatever was not acknowledged is sent again under the same id, one at a time, in order.

const PREFIX = "parley.chat";
const ACK_MS = 12_000;
const TYPING_MS = 3_000;
const NOT_A_VISITOR = 4401;
const TOO_MANY_PAGES = 4429;
const IDLE = 4408;
const FINAL = new Set(["too_long", "empty", "frame", "file_gone"]);

/** What a page keeps between visits; where the browser forbids it, for this visit only. */
class Memory {
  constructor(name) {
    this.name = name;
    this.held = new Map();
  }
  get(key) {
    try {
      return JSON.parse(localStorage.getItem(`${this.name}.${key}`)) ?? this.held.get(key);
    } catch {
      return this.held.get(key);
    }
  }
  set(key, value) {
    this.held.set(key, value);
    try {
      localStorage.setItem(`${this.name}.${key}`, JSON.stringify(value));
    } catch { /* kept in memory */ }
  }
  delete(key) {
    this.held.delete(key);
    try {
      localStorage.removeItem(`${this.name}.${key}`);
    } catch { /* kept in memory */ }
  }
  all(start) {
    const found = new Map([...this.held].filter(([key]) => key.startsWith(start)));
    try {
      for (const name of Object.keys(localStorage)) {
        const key = name.slice(this.name.length + 1);
        if (name.startsWith(`${this.name}.${start}`)) found.set(key, this.get(key));
      }
    } catch { /* kept in memory */ }
    return [...found.values()].filter(Boolean);
  }
}

/**
 * Events: `change` (messages, state, counts), `returned` (a message that can't be sent, with its
 * code), `fast` (the rest follows later).
 */
export class Client extends EventTarget {
  constructor(base, lang, { titled = false } = {}) {
    super();
    this.base = base;
    this.lang = lang;
    this.titled = titled;
    this.memory = new Memory(`${PREFIX}:${new URL(base).host}`);
    this.token = this.memory.get("token") ?? null;
    this.about = this.memory.get("about") ?? {};
    this.seen = this.memory.get("seen") ?? 0;
    this.limits = { chars: 4000, files: 5, bytes: 10 * 2 ** 20 };
    this.messages = new Map();
    this.state = "idle";
    this.seq = 0;
    this.tries = 0;
    this.visible = false;
    for (const message of this.memory.all("out.")) this.messages.set(message.id, message);
  }

  /** This browser has been here before. */
  get known() {
    return Boolean(this.token);
  }

  get unread() {
    return this.inOrder.filter((one) => one.from === "agent" && one.seq > this.seen).length;
  }

  /** Oldest first; what is not acknowledged yet comes last. */
  get inOrder() {
    const place = (one) => one.seq ?? Infinity;
    return [...this.messages.values()].sort((a, b) =>
      place(a) === place(b) ? a.at.localeCompare(b.at) : place(a) - place(b),
    );
  }

  start() {
    if (this.state !== "idle") return;
    addEventListener("online", () => this.#hurry());
    addEventListener("offline", () => this.#tell());
    document.addEventListener("visibilitychange", () => document.hidden || this.#hurry());
    addEventListener("storage", (event) => this.#elsewhere(event));
    this.#connect();
  }

  // ── what the visitor does ──────────────────────────────────────────────────

  say(text, files = [], about = null) {
    const message = {
      id: crypto.randomUUID?.() ?? random(),
      from: "buyer",
      text,
      files,
      at: new Date().toISOString(),
      title: this.titled ? document.title.slice(0, 300) : "",
    };
    if (about) {
      this.about = { ...this.about, ...about };
      this.memory.set("about", this.about);
    }
    this.messages.set(message.id, message);
    this.memory.set(`out.${message.id}`, message);
    this.#tell();
    this.#pump();
    this.#hurry();
  }

  typing() {
    if (this.state !== "open" || Date.now() - (this.typedAt ?? 0) < TYPING_MS) return;
    this.typedAt = Date.now();
    this.#send({ type: "typing" });
  }

  /** Everything so far was in front of the visitor's eyes. */
  read() {
    const last = Math.max(0, ...this.inOrder.map((one) => one.seq ?? 0));
    if (last <= this.seen) return;
    this.#seenTo(last);
    this.#send({ type: "read", seq: last });
  }

  /** Upload a file; resolves to what a message names it by, or throws an Error with a code. */
  async upload(file) {
    if (file.size > this.limits.bytes) throw failure("file_size");
    await this.#session();
    const form = new FormData();
    form.append("file", file, file.name || "file");
    const response = await fetch(`${this.base}/chat/files`, {
      method: "POST",
      headers: { Authorization: `Bearer ${this.token}` },
      body: form,
    });
    if (response.status === 413) throw failure("file_size");
    if (response.status === 415) throw failure("file_type");
    if (!response.ok) throw failure("file_failed");
    return response.json();
  }

  // ── the session and the socket ─────────────────────────────────────────────

  async #session() {
    if (this.fresh) return;
    const response = await fetch(`${this.base}/chat/session`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token: this.token ?? "" }),
    });
    if (response.status === 403) throw failure("blocked");
    if (!response.ok) throw failure("session", Number(response.headers.get("Retry-After")));
    const { token, limits } = await response.json();
    this.token = token;
    this.limits = limits;
    this.fresh = true;
    this.memory.set("token", token);
  }

  async #connect() {
    clearTimeout(this.again);
    this.again = null;
    this.#become(this.tries ? "reconnecting" : "connecting");
    try {
      await this.#session();
    } catch (error) {
      if (error.message === "blocked") {
        console.error("Parley: add this site's origin to PARLEY_ORIGINS to show the chat here.");
        return this.#become("blocked");
      }
      return this.#later(error.wait);
    }
    const socket = new WebSocket(`${this.base.replace(/^http/, "ws")}/chat/socket`);
    this.socket = socket;
    socket.addEventListener("open", () =>
      this.#send({ type: "hello", token: this.token, seq: this.seq, lang: this.lang, about: this.about }),
    );
    socket.addEventListener("message", (event) => this.#heard(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => socket === this.socket && this.#closed(event.code));
  }

  #closed(code) {
    this.socket = null;
    this.inHand = null;
    clearTimeout(this.overdue);
    if (code === NOT_A_VISITOR) this.fresh = false;
    if (code === IDLE) return this.#become("asleep");
    this.#later(code === TOO_MANY_PAGES ? 30 : 0);
  }

  #later(wait_s = 0) {
    const backoff = Math.min(30, 0.5 * 2 ** this.tries) * (0.5 + Math.random() / 2);
    this.tries += 1;
    this.#become("reconnecting");
    this.again = setTimeout(() => this.#connect(), 1000 * Math.max(wait_s || 0, backoff));
  }

  /** Somebody looks, or the network is back: don't wait for the timer. */
  #hurry() {
    if (this.state === "asleep" || this.again) {
      this.tries = Math.min(this.tries, 2);
      this.#connect();
    }
  }

  #send(frame) {
    if (this.socket?.readyState === WebSocket.OPEN)
      this.socket.send(JSON.stringify({ v: 1, ...frame }));
  }

  // ── what the desk says ─────────────────────────────────────────────────────

  #heard(frame) {
    if (frame.type === "welcome") {
      this.tries = 0;
      this.#become("open");
      this.#pump();
    } else if (frame.type === "msg") this.#arrived(frame);
    else if (frame.type === "ack") this.#kept(frame.id, frame.seq);
    else if (frame.type === "read") this.#seenTo(frame.seq);
    else if (frame.type === "error") this.#refused(frame);
  }

  #arrived(frame) {
    this.seq = Math.max(this.seq, frame.seq);
    this.memory.delete(`out.${frame.id}`);
    this.messages.set(frame.id, { ...frame, at: frame.at ?? new Date().toISOString() });
    if (this.inHand === frame.id) this.#next();
    this.#tell();
  }

  #kept(id, seq) {
    const message = this.messages.get(id);
    if (message) this.messages.set(id, { ...message, seq, waiting: false });
    this.memory.delete(`out.${id}`);
    if (this.inHand === id) this.#next();
    this.#tell();
  }

  #refused({ id, code, retry_after_s: wait }) {
    if (!id || this.inHand !== id) return;
    clearTimeout(this.overdue);
    this.inHand = null;
    const message = this.messages.get(id);
    if (FINAL.has(code)) {
      this.messages.delete(id);
      this.memory.delete(`out.${id}`);
      this.dispatchEvent(new CustomEvent("returned", { detail: { message, code } }));
      this.#pump();
    } else {
      this.messages.set(id, { ...message, waiting: true });
      this.refusals = (this.refusals ?? 0) + 1;
      const wait_s = wait ?? Math.min(30, 2 ** this.refusals);
      this.pause = setTimeout(() => {
        this.pause = null;
        this.#pump();
      }, 1000 * wait_s);
      if (code === "too_fast") this.dispatchEvent(new Event("fast"));
    }
    this.#tell();
  }

  /** Send the oldest message that is not acknowledged; the next one follows its acknowledgement. */
  #pump() {
    if (this.state !== "open" || this.inHand || this.pause) return;
    const message = this.inOrder.find((one) => one.from === "buyer" && !one.seq);
    if (!message) return;
    this.inHand = message.id;
    this.#send({
      type: "msg",
      id: message.id,
      text: message.text,
      at: message.at,
      title: message.title,
      lang: this.lang,
      files: message.files.map((one) => one.file),
      about: this.about,
    });
    // A dead connection says nothing: whoever does not answer is called again.
    this.overdue = setTimeout(() => this.socket?.close(), ACK_MS);
  }

  #next() {
    clearTimeout(this.overdue);
    this.inHand = null;
    this.refusals = 0;
    this.#pump();
  }

  // ── telling the view ───────────────────────────────────────────────────────

  #seenTo(seq) {
    if (seq <= this.seen) return;
    this.seen = seq;
    this.memory.set("seen", seq);
    this.#tell();
  }

  /** Another tab of this browser read or wrote. */
  #elsewhere(event) {
    if (event.key === `${this.memory.name}.seen`) this.#seenTo(Number(event.newValue) || 0);
  }

  #become(state) {
    this.state = state;
    this.#tell();
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}

function failure(code, wait = 0) {
  return Object.assign(new Error(code), { wait });
}

/** Where the page is not served over https there is no randomUUID. */
function random() {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
