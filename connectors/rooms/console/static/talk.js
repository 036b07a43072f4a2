// What both scripts need: asking the server, and saying something quietly.

export const words = JSON.parse(document.body.dataset.words);
export const byId = (id) => document.getElementById(id);
export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// An answer always: where there is none, one that says so. `again`: it may come a little later.
export async function ask(url, options = {}) {
  const late = AbortSignal.timeout(20_000);
  try {
    const response = await fetch(url, {
      ...options,
      headers: { Accept: "application/json" },
      signal: options.signal ? AbortSignal.any([options.signal, late]) : late,
    });
    const answer = await response.json();
    if (!answer.loggedOut) return { ...answer, again: response.status >= 500 };
    byId("offline").textContent = words.loggedOut;
    byId("offline").hidden = false;
    return { tone: "bad" };
  } catch {
    return { tone: "bad", text: words.unreachable, again: true };
  }
}

export function toast(text, tone = "good") {
  const line = document.createElement("p");
  line.className = `toast ${tone}`;
  line.dataset.testid = "toast";
  line.textContent = text;
  byId("toasts").replaceChildren(line); // the newest word is the one that counts
  setTimeout(() => line.remove(), 4000 + text.length * 60);
}
