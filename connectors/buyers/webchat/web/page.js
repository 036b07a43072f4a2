// The buyer's page at /chat: the chat, and nothing else.
import { Client } from "./client.js";
import { View, words } from "./view.js";

const base = location.origin;
const asked = new URLSearchParams(location.search).get("lang");
const { texts, language } = await words(base, asked);
document.documentElement.lang = language;

const title = document.body.dataset.title || texts.title;
const host = document.createElement("div");
document.body.append(host);
const client = new Client(base, asked || navigator.language);
const view = new View(host, client, { base, texts, language, title, fills: true });
client.start();
view.shown(true);

client.addEventListener("change", () => {
  const n = client.unread;
  document.title = n ? `(${n}) ${title}` : title;
});
document.title = title;
