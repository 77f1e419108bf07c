// A link to a word shows its definition in place: when pointed at, when reached by keyboard, or,
// where nothing can point, by a button behind the link. The link itself stays a link.

const POINTED_MS = 400;
const LEFT_MS = 200;
const GAP = 6;
const EDGE = 8;
const LINK = "main a[data-preview]";

const cards = new Map();
const buttons = new Map();
// Always there, and empty while nothing is shown: a screen reader says what a status comes to hold,
// once. Described by it, the link would say it a second time.
const preview = document.createElement("div");
preview.className = "preview";
preview.setAttribute("role", "status");
let current = null;
let timer;

function card(link) {
  const address = new URL("card/", link.origin + link.pathname).href;
  if (!cards.has(address)) {
    const answer = fetch(address).then((response) => (response.ok ? response.text() : ""));
    cards.set(address, answer.catch(() => cards.delete(address) && ""));
  }
  return cards.get(address);
}

async function show(link) {
  if (link === current) return;
  hide();
  current = link;
  const html = await card(link);
  // Meanwhile the reader may have moved on.
  if (current !== link || !html) return;
  preview.innerHTML = html;
  buttons.get(link).setAttribute("aria-expanded", "true");
  place(link);
}

function hide() {
  clearTimeout(timer);
  if (!current) return;
  buttons.get(current).setAttribute("aria-expanded", "false");
  current = null;
  preview.replaceChildren();
}

function soon(action, delay) {
  clearTimeout(timer);
  timer = setTimeout(action, delay);
}

function leave() {
  const isKept = preview.matches(":hover") || current?.matches(":hover, :focus-visible");
  if (!isKept) hide();
}

// Below the link's last line, or above its first where there is more room.
function place(link) {
  const lines = link.getClientRects();
  const first = lines[0];
  const last = lines[lines.length - 1];
  const { offsetWidth: width, offsetHeight: height } = preview;
  const below = last.bottom + GAP;
  const isAbove = below + height > innerHeight && first.top > innerHeight - last.bottom;
  const top = isAbove ? first.top - GAP - height : below;
  const most = document.documentElement.clientWidth - width - EDGE;
  const left = Math.max(EDGE, Math.min(isAbove ? first.left : last.left, most));
  preview.style.top = `${top + scrollY}px`;
  preview.style.left = `${left + scrollX}px`;
}

function addButton(link) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "preview-button";
  button.setAttribute("aria-label", `Preview: ${link.textContent}`);
  button.setAttribute("aria-expanded", "false");
  button.addEventListener("click", () => (link === current ? hide() : show(link)));
  buttons.set(link, button);
  link.after(button);
}

document.querySelectorAll(LINK).forEach(addButton);
document.querySelector("main").append(preview);

document.addEventListener("pointerover", ({ target, pointerType }) => {
  if (pointerType === "touch") return;
  const link = target.closest(LINK);
  if (link && link !== current) soon(() => show(link), POINTED_MS);
  else if (link || preview.contains(target)) clearTimeout(timer);
  else soon(leave, LEFT_MS);
});
document.documentElement.addEventListener("pointerleave", () => soon(leave, LEFT_MS));
document.addEventListener("pointerdown", ({ target }) => {
  if (!preview.contains(target) && target !== buttons.get(current)) hide();
});
document.addEventListener("focusin", ({ target }) => {
  if (target.matches(LINK) && target.matches(":focus-visible")) show(target);
});
document.addEventListener("focusout", ({ target }) => {
  if (target === current) soon(leave, LEFT_MS);
});
document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape") hide();
});
addEventListener("resize", hide);
// By keyboard the page may glide to a link only after its preview was placed.
addEventListener("scrollend", () => preview.hasChildNodes() && place(current));
