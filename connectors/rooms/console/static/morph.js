// Makes one tree look like another with as few changes as possible, so that focus, selection,
// scroll and what people have opened or typed stay as they are.

const keyOf = (node) => (node.nodeType === 1 ? node.id || node.dataset.key || "" : "");
const alike = (one, other) =>
  one.nodeType === other.nodeType &&
  one.nodeName === other.nodeName &&
  keyOf(one) === keyOf(other) &&
  (one.nodeType !== 1 || keyOf(one) !== "" || one.className === other.className);

export function morph(from, to) {
  if (from.isEqualNode(to)) return;
  if (from.nodeType !== 1) {
    from.data = to.data;
    return;
  }
  if (from.dataset.keep !== undefined) return; // its own script looks after it
  takeAttributes(from, to);
  // What somebody types into a field is theirs until they send it.
  if (from.nodeName !== "TEXTAREA") takeChildren(from, to);
}

function takeAttributes(from, to) {
  for (const { name, value } of [...to.attributes])
    if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  for (const { name } of [...from.attributes])
    if (name !== "open" && name !== "aria-busy" && !to.hasAttribute(name)) from.removeAttribute(name);
}

function takeChildren(from, to) {
  let here = from.firstChild;
  for (const next of [...to.childNodes]) {
    let match = here;
    while (match && !alike(match, next)) match = match.nextSibling;
    if (!match) from.insertBefore(next, here);
    else {
      if (match === here) here = here.nextSibling;
      else from.insertBefore(match, here);
      morph(match, next);
    }
  }
  while (here) {
    const gone = here;
    here = here.nextSibling;
    gone.remove();
  }
}
