// The chat on a shop's page: a button, and behind it a panel, in a shadow tree of their own.
import { Client } from "./client.js";
import { View, icon, words } from "./view.js";

export async function launch({ base, title, color, locale, side }) {
  const { texts, language } = await words(base, locale);
  const host = document.createElement("div");
  host.id = "parley-chat";
  document.body.append(host);
  const client = new Client(base, locale || navigator.language, { titled: true });
  const view = new View(host, client, {
    base, texts, language, color, side, title: title || texts.title, closes: () => toggle(false),
  });
  const button = launcher(texts);
  view.root.append(button);

  let open = false;
  function toggle(opens) {
    open = opens;
    if (opens) client.start();
    view.shown(opens);
    button.setAttribute("aria-expanded", String(opens));
    button.setAttribute("aria-label", opens ? texts.close : texts.open);
    button.classList.toggle("open", opens);
    if (!opens) button.focus();
    count();
  }

  function count() {
    const n = open ? 0 : client.unread;
    const badge = button.querySelector(".badge");
    badge.hidden = !n;
    badge.textContent = n > 9 ? "9+" : n;
    if (n) button.setAttribute("aria-label", `${texts.open}. ${texts.unread.replace("{n}", n)}`);
  }

  button.addEventListener("click", () => toggle(!open));
  client.addEventListener("change", count);
  // A visitor who has written before may have an answer waiting; a new one costs no connection.
  if (client.known) client.start();
}

function launcher(texts) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "launcher";
  button.setAttribute("aria-label", texts.open);
  button.setAttribute("aria-expanded", "false");
  const badge = document.createElement("span");
  badge.className = "badge";
  badge.hidden = true;
  button.append(icon("talk"), icon("down"), badge);
  return button;
}
