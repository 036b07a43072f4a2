// What a visitor sees: the log, the line to write in, and what is going on in between.
// Every word of anybody goes in as text, never as markup.

const NEAR_PX = 80;
const GROUP_MS = 5 * 60_000;
const NOTICE_MS = 7_000;
const SLOW_MS = 1_200;
const LINK = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}'、。）」]/gu;

const ICONS = {
  talk: "M12 4.200c-4.700 0-8.300 2.900-8.300 6.800 0 2 1 3.900 2.600 5.100L5.400 20l4-1.900c.8.2 1.700.3 2.600.3 4.700 0 8.300-2.900 8.300-7.400S16.700 4.200 12 4.200z",
  down: "M6 9.500l6 6 6-6",
  close: "M6.500 6.500l11 11m0-11l-11 11",
  send: "M12 19V5.500m-6 6l6-6 6 6",
  clip: "M19.500 11.500l-7.300 7.300a4.600 4.600 0 0 1-6.500-6.500l7.700-7.700a3 3 0 0 1 4.300 4.300l-7.700 7.700a1.500 1.500 0 0 1-2.100-2.100l6.900-6.900",
  clock: "M12 7.500V12l3 2m5.500-2a8.500 8.500 0 1 1-17 0 8.500 8.500 0 0 1 17 0z",
  check: "M5 12.500l4.500 4.500L19 7.500",
  file: "M13.500 3.500h-6a2 2 0 0 0-2 2v13a2 2 0 0 0 2 2h9a2 2 0 0 0 2-2v-10zm0 0v5h5",
};

/** The texts of the first language we have among those the visitor prefers. */
export async function words(base, asked) {
  const response = await fetch(`${base}/chat/web/texts.json`);
  const all = await response.json();
  const wanted = asked ? [asked] : navigator.languages ?? [navigator.language];
  const language = wanted.map((tag) => known(tag, all)).find(Boolean) ?? "en";
  return { texts: { ...all.en, ...all[language] }, language };
}

function known(tag, all) {
  const [primary, ...rest] = tag.toLowerCase().split(/[-_]/);
  if (primary === "zh")
    return rest.some((part) => ["hant", "tw", "hk", "mo"].includes(part)) ? "zh-Hant" : "zh-Hans";
  if (primary === "pt") return "pt-BR";
  return primary in all ? primary : null;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon i-${name}`);
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

function make(tag, { text, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value === true) element.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  element.append(...children.filter(Boolean));
  return element;
}

export class View {
  constructor(host, client, options) {
    this.client = client;
    this.options = options;
    this.texts = options.texts;
    this.items = new Map();
    this.files = [];
    this.root = host.attachShadow({ mode: "open" });
    this.#build(host);
    this.#listen();
    this.#render();
  }

  /** The chat is in front of the visitor, or it is not. */
  shown(shows) {
    this.visible = shows;
    this.chat.classList.toggle("shown", shows);
    this.chat.inert = !shows;
    if (!shows) return;
    this.#toEnd();
    this.#render();
    if (matchMedia("(pointer: fine)").matches) this.input.focus();
  }

  // ── building ───────────────────────────────────────────────────────────────

  #build(host) {
    const { base, language, title, color, side, fills, closes } = this.options;
    host.lang = language;
    if (fills) host.className = "page";
    if (color && CSS.supports("color", color)) paint(host, color);
    this.chat = make("section", {
      class: `chat ${fills ? "fills" : "floats"} ${side === "left" ? "left" : ""}`,
      role: fills ? "main" : "dialog",
      "aria-label": title,
    });
    this.chat.append(this.#header(title, closes), this.#log(), this.#writing());
    const style = make("link", { rel: "stylesheet", href: `${base}/chat/web/chat.css` });
    style.addEventListener("load", () => host.classList.add("ready"));
    host.classList.add("parley");
    this.root.append(style, this.chat);
  }

  #header(title, closes) {
    const header = make("header", {}, make("h1", { text: title, dir: "auto" }));
    if (closes) {
      const button = make("button", { type: "button", class: "plain", "aria-label": this.texts.close }, icon("close"));
      button.addEventListener("click", closes);
      header.append(button);
    }
    return header;
  }

  #log() {
    this.list = make("ol", { role: "log", "aria-live": "polite", "aria-relevant": "additions" });
    this.greeting = make(
      "div",
      { class: "greeting" },
      make("p", { class: "hello", text: this.texts.hello }),
      make("p", { class: "note", text: this.texts.note }),
    );
    this.details = this.#detailsForm();
    this.scroller = make("div", { class: "scroller", tabindex: "0", "aria-label": this.options.title },
      make("div", { class: "log" }, this.greeting, this.list, this.details));
    this.newer = make("button", { type: "button", class: "newer", hidden: true, text: this.texts.newest });
    this.newer.append(icon("down"));
    this.newer.addEventListener("click", () => this.#toEnd(true));
    return make("div", { class: "middle" }, this.scroller, this.newer);
  }

  #writing() {
    const { texts } = this;
    this.status = make("p", { class: "status", role: "status" });
    this.notice = make("p", { class: "notice", role: "alert" });
    this.chips = make("ul", { class: "chips" });
    this.picker = make("input", { type: "file", multiple: true, hidden: true, accept: "image/*,application/pdf,text/plain", tabindex: "-1" });
    this.clip = make("button", { type: "button", class: "plain", "aria-label": texts.attach, title: texts.attach }, icon("clip"));
    this.input = make("textarea", { rows: "1", dir: "auto", placeholder: texts.write, "aria-label": texts.write, enterkeyhint: "send", autocomplete: "off" });
    this.count = make("p", { class: "count", "aria-live": "polite" });
    this.button = make("button", { type: "submit", class: "send", "aria-label": texts.send, title: texts.send }, icon("send"));
    this.form = make("form", { class: "write" }, this.picker, this.clip, this.input, this.button);
    this.input.value = this.client.memory.get("draft") ?? "";
    return make("footer", {}, this.status, this.notice, this.chips, this.count, this.form);
  }

  #detailsForm() {
    const { texts } = this;
    const field = (name, type, autocomplete, max) =>
      make("label", { class: name }, make("span", { text: texts[name] }),
        make("input", { name, type, autocomplete, maxlength: max, dir: "auto", placeholder: name === "email" ? texts.email : null }));
    const later = make("button", { type: "button", class: "quiet", text: texts.not_now });
    const form = make("form", { class: "details", hidden: true },
      make("p", { text: texts.details, id: "details" }),
      field("email", "email", "email", "200"), field("name", "text", "name", "100"), field("order", "text", "off", "60"),
      make("div", { class: "buttons" }, later, make("button", { type: "submit", class: "solid", text: texts.send })));
    form.setAttribute("aria-labelledby", "details");
    // One line until somebody wants it: it must not push the exchange out of sight.
    form.addEventListener("focusin", () => {
      form.classList.add("wide");
      if (this.stuck) this.#toEnd();
    });
    later.addEventListener("click", () => this.#asked());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#tellAbout(new FormData(form));
    });
    return form;
  }

  // ── what the visitor does ──────────────────────────────────────────────────

  #listen() {
    const { client, input, form, picker, chat } = this;
    client.addEventListener("change", () => this.#render());
    client.addEventListener("fast", () => this.#say(this.texts.too_fast));
    client.addEventListener("returned", (event) => this.#returned(event.detail));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    input.addEventListener("keydown", (event) => {
      // While an input method is composing, Enter chooses a word; Safari says so by 229 alone.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.#submit();
    });
    input.addEventListener("input", () => this.#typed());
    input.addEventListener("paste", (event) => this.#add(event.clipboardData?.files));
    this.clip.addEventListener("click", () => picker.click());
    picker.addEventListener("change", () => {
      this.#add(picker.files);
      picker.value = "";
    });
    chat.addEventListener("dragover", (event) => event.preventDefault());
    chat.addEventListener("drop", (event) => {
      event.preventDefault();
      this.#add(event.dataTransfer?.files);
    });
    chat.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.isComposing) this.options.closes?.();
    });
    this.scroller.addEventListener("scroll", () => this.#looked(), { passive: true });
    document.addEventListener("visibilitychange", () => this.#looked());
    visualViewport?.addEventListener("resize", () => this.#fit());
    visualViewport?.addEventListener("scroll", () => this.#fit());
    setTimeout(() => this.#render(), SLOW_MS);
    this.began = Date.now();
  }

  #submit() {
    const text = this.input.value.trim();
    const files = this.files.filter((one) => one.file);
    if (this.button.disabled || (!text && !files.length)) return;
    this.client.say(text, files.map(({ file, name, mime, size }) => ({ file, name, mime, size })));
    this.files = [];
    this.input.value = "";
    this.notice.textContent = "";
    this.#typed();
    this.#chips();
    this.#toEnd();
    this.input.focus();
  }

  #typed() {
    const { input } = this;
    this.client.memory.set("draft", input.value);
    if (input.value) this.client.typing();
    input.style.height = "auto";
    input.style.height = `${input.scrollHeight}px`;
    const over = [...input.value].length - this.client.limits.chars;
    this.count.textContent = over > 0 ? this.texts.too_long.replace("{n}", over) : over > -400 ? String(-over) : "";
    this.count.classList.toggle("over", over > 0);
    this.#ready();
  }

  #ready() {
    const over = [...this.input.value].length > this.client.limits.chars;
    const busy = this.files.some((one) => one.busy);
    const empty = !this.input.value.trim() && !this.files.some((one) => one.file);
    this.button.disabled = over || busy || empty || this.client.state === "blocked";
  }

  async #add(files) {
    for (const file of files ?? []) {
      if (this.files.length >= this.client.limits.files)
        return this.#say(this.texts.file_many.replace("{n}", this.client.limits.files));
      const entry = { busy: true, name: file.name || "file", mime: file.type, size: file.size };
      this.files.push(entry);
      this.#chips();
      this.client.upload(file).then(
        (kept) => Object.assign(entry, kept, { busy: false }),
        (error) => this.#failed(entry, error.message),
      ).then(() => this.#chips());
    }
  }

  #failed(entry, code) {
    this.files = this.files.filter((one) => one !== entry);
    const text = this.texts[code] ?? this.texts.file_failed;
    this.#say(text.replace("{name}", entry.name).replace("{mb}", this.client.limits.bytes / 2 ** 20));
  }

  #chips() {
    this.chips.replaceChildren(...this.files.map((entry) => {
      const drop = make("button", { type: "button", class: "plain", "aria-label": this.texts.remove.replace("{name}", entry.name) }, icon("close"));
      drop.addEventListener("click", () => {
        this.files = this.files.filter((one) => one !== entry);
        this.#chips();
      });
      return make("li", { class: entry.busy ? "busy" : "" }, icon("file"), make("span", { text: entry.name, dir: "auto" }), drop);
    }));
    this.#ready();
  }

  #returned({ message, code }) {
    if (message && !this.input.value) {
      this.input.value = message.text;
      this.#typed();
    }
    this.#say(this.texts[code]?.replace("{n}", "") ?? this.texts.frame);
  }

  #asked() {
    this.client.memory.set("asked", true);
    this.#render();
    this.input.focus();
  }

  #tellAbout(form) {
    const about = Object.fromEntries([...form].map(([name, value]) => [name, value.trim()]).filter(([, value]) => value));
    if (about.email || about.name || about.order) {
      const line = ([name, value]) => `${name === "order" ? this.texts.order.split(/[,（(]/)[0].trim() : this.texts[name]}: ${value}`;
      this.client.say(Object.entries(about).map(line).join("\n"), [], about);
    }
    this.#asked();
  }

  // ── showing ────────────────────────────────────────────────────────────────

  #render() {
    const atEnd = this.#isAtEnd();
    const messages = this.client.inOrder;
    const before = this.items.size;
    this.#show(messages);
    this.details.hidden = !this.#mayAsk(messages);
    this.greeting.classList.toggle("small", messages.length > 0);
    this.status.textContent = this.#stateText();
    this.#ready();
    if (!this.visible) return;
    if (atEnd) this.#toEnd();
    else if (this.items.size > before && messages.at(-1)?.from === "agent") this.newer.hidden = false;
    this.#looked();
  }

  #mayAsk(messages) {
    const { client } = this;
    return !client.about.email && !client.memory.get("asked") && messages.some((one) => one.from === "buyer" && one.seq);
  }

  #stateText() {
    const { client, texts } = this;
    if (client.state === "blocked") return texts.blocked;
    if (client.state === "idle") return "";
    if (!navigator.onLine) return texts.offline;
    if (client.state === "open" || client.state === "asleep") return "";
    if (client.state === "reconnecting") return texts.reconnecting;
    return Date.now() - this.began > SLOW_MS ? texts.connecting : "";
  }

  /** Days, groups and messages in order; what has not changed keeps its element. */
  #show(messages) {
    const wanted = [];
    let previous = null;
    messages.forEach((message, n) => {
      const day = this.#day(message.at);
      if (day !== (previous && this.#day(previous.at))) wanted.push([`day ${day}`, day, () => make("li", { class: "day", text: day })]);
      const next = messages[n + 1];
      const first = !together(previous, message);
      const last = !together(message, next);
      const signature = JSON.stringify([message.seq, message.waiting, message.files?.map((one) => one.href), first, last]);
      wanted.push([message.id, signature, () => this.#item(message, first, last)]);
      previous = message;
    });
    const kept = new Map();
    wanted.forEach(([key, signature, built], n) => {
      const old = this.items.get(key);
      const element = old?.signature === signature ? old.element : built();
      if (old && old.element !== element) old.element.replaceWith(element);
      if (this.list.children[n] !== element) this.list.insertBefore(element, this.list.children[n] ?? null);
      kept.set(key, { signature, element });
    });
    for (const [key, { element }] of this.items) if (!kept.has(key)) element.remove();
    this.items = kept;
  }

  #item(message, first, last) {
    const mine = message.from === "buyer";
    const item = make("li", { class: `${mine ? "mine" : "theirs"} ${first ? "first" : ""} ${last ? "last" : ""}` });
    if (!mine && first) item.append(make("span", { class: "name", text: message.name || this.texts.support, dir: "auto" }));
    if (mine) item.append(make("span", { class: "unseen", text: this.texts.you }));
    const bubble = make("div", { class: "bubble", dir: "auto" });
    if (message.text) bubble.append(...(mine ? [message.text] : linked(message.text)));
    if (message.text) item.append(bubble);
    for (const file of message.files ?? []) item.append(this.#file(file));
    if (last || message.waiting) item.append(this.#foot(message, mine));
    return item;
  }

  #file(file) {
    const shown = file.href && /^image\/(jpeg|png|gif|webp|avif)$/.test(file.mime);
    const href = file.href ? new URL(file.href, this.options.base).href : null;
    const link = make(href ? "a" : "span", { class: shown ? "picture" : "file", href, target: "_blank", rel: "noopener" });
    if (!shown) link.append(icon("file"), make("span", { text: file.name, dir: "auto" }));
    else {
      const image = make("img", { src: href, alt: file.name, loading: "lazy" });
      image.addEventListener("load", () => this.stuck && this.#toEnd());
      link.append(image);
    }
    return link;
  }

  #foot(message, mine) {
    const { texts } = this;
    const at = new Date(message.at);
    const foot = make("p", { class: "foot" });
    if (message.waiting) foot.append(icon("clock"), make("span", { text: texts.waiting }));
    else {
      foot.append(make("time", { datetime: message.at, text: at.toLocaleTimeString(this.options.language, { hour: "numeric", minute: "2-digit" }) }));
      if (mine) {
        const state = message.seq ? texts.kept : texts.sending;
        foot.append(icon(message.seq ? "check" : "clock"), make("span", { class: "unseen", text: state }));
      }
    }
    return foot;
  }

  #day(at) {
    const day = new Date(at);
    const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(day).setHours(0, 0, 0, 0)) / 86_400_000);
    if (days === 0) return this.texts.today;
    if (days === 1) return this.texts.yesterday;
    return day.toLocaleDateString(this.options.language, { weekday: "long", day: "numeric", month: "long" });
  }

  #say(text) {
    this.notice.textContent = text;
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => (this.notice.textContent = ""), NOTICE_MS);
  }

  // ── looking ────────────────────────────────────────────────────────────────

  #isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR_PX;
  }

  #toEnd(smoothly = false) {
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior: smoothly ? "smooth" : "instant" });
  }

  #looked() {
    this.stuck = this.#isAtEnd();
    if (this.stuck) this.newer.hidden = true;
    if (this.stuck && this.visible && !document.hidden) this.client.read();
  }

  /** Phones lay the keyboard over the page: the chat takes the height that is left. */
  #fit() {
    const { height, offsetTop, scale } = visualViewport;
    if (scale > 1.01) return;
    this.chat.style.setProperty("--height", `${height}px`);
    this.chat.style.setProperty("--top", `${offsetTop}px`);
    if (this.stuck) this.#toEnd();
  }
}

/** Two messages of one person within minutes, on one day. */
function together(one, other) {
  if (!one || !other || one.from !== other.from || one.name !== other.name) return false;
  const [a, b] = [new Date(one.at), new Date(other.at)];
  return b - a < GROUP_MS && a.toDateString() === b.toDateString();
}

function linked(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    parts.push(text.slice(end, match.index));
    parts.push(make("a", { href: match[0], target: "_blank", rel: "noopener noreferrer", text: match[0] }));
    end = match.index + match[0].length;
  }
  return [...parts, text.slice(end)].filter((part) => part !== "");
}

/** The shop's own colour, with black or white on it, whichever is easier to read. */
function paint(host, color) {
  const context = make("canvas", { width: "1", height: "1" }).getContext("2d");
  context.fillStyle = color;
  context.fillRect(0, 0, 1, 1);
  const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  host.style.setProperty("--parley-accent", color);
  if (luminance > 0.22) host.style.setProperty("--parley-accent-ink", `color-mix(in srgb, ${color} 45%, black)`);
  host.style.setProperty("--parley-on-accent", luminance > 0.22 ? "#111" : "#fff");
}
