// One line on a shop's page: <script src="https://desk.example/chat.js" async></script>
// data-title, data-color (#1b6b58), data-locale (de) and data-side (left) are optional.
(() => {
  "use strict";
  const script = document.currentScript;
  if (!script || window.parleyChat) return;
  window.parleyChat = true;
  const base = new URL(script.src).origin;
  import(`${base}/chat/web/widget.js`)
    .then(({ launch }) => launch({ base, ...script.dataset }))
    .catch((error) => console.error("Parley's chat could not be loaded.", error));
})();
