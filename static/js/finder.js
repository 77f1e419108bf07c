// The race search without a full reload: links and the form of the page change what it shows, the
// address and the history go along, and the focus stays where it was. Without this it is a page.
const finder = () => document.getElementById("finder");
let asked = 0, shown = location.pathname + location.search;

async function show(address, focus, stays = false) {
  const mine = ++asked;
  finder().setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address, { headers: { accept: "text/html" } });
    if (!answer.ok) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== asked) return null;
    const open = new Set([...finder().querySelectorAll("details[open]")].map((one) => one.id));
    const made = page.getElementById("finder");
    for (const one of made.querySelectorAll("details[id]")) one.open ||= open.has(one.id);
    finder().replaceWith(made);
    document.title = page.title;
    shown = new URL(answer.url).pathname + new URL(answer.url).search;
    document.dispatchEvent(new CustomEvent("made", { detail: made }));
    load();
    const found = (focus && document.getElementById(focus)) || document.getElementById("found");
    if (!stays || focus) found.focus({ preventScroll: Boolean(focus && found.id === focus) });
    return answer.url;
  } catch {
    // Of what was asked last, the browser says itself what is wrong.
    if (mine === asked) location.assign(address);
    return null;
  }
}

async function go(address, focus) {
  const url = await show(address, focus);
  if (url) history.pushState({ finder: true }, "", url);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("#finder a[href]");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  // That of a link in a drawing is an object.
  const url = new URL(link.getAttribute("href"), location.href);
  if (url.origin !== location.origin || url.pathname !== location.pathname || url.hash) return;
  event.preventDefault();
  go(url.href, link.id);
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest(".finder__form");
  if (!form) return;
  event.preventDefault();
  const said = [...new FormData(form)].filter(([, value]) => value !== "");
  go(`${form.action}?${new URLSearchParams(said)}`);
});

// A map was moved: what follows that replaces it in the history.
document.addEventListener("go", async ({ detail: { address, focus } }) => {
  const wasMoved = history.state?.moved;
  const url = await show(address, focus, true);
  if (url) history[wasMoved ? "replaceState" : "pushState"]({ finder: true, moved: true }, "", url);
});

// The map's own script is fetched where there is a map; if it does not come, the drawing stays.
function load() {
  const figure = finder().querySelector("[data-map]");
  if (figure) import(figure.dataset.map).then((map) => map.enhance(figure)).catch(() => {});
}
load();

// A link within the page, such as the one that skips to its content, is one too.
addEventListener("popstate", () => {
  if (location.pathname + location.search !== shown) show(location.href);
});
