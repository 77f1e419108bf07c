// A place that the reader has chosen, kept in this browser alone. A race search near a place offers to keep it;
// then home and a word's page fetch those of their parts that show races, made for it, and put them in. Where
// nothing can be kept, or nothing comes, a page stays as it is.
const KEY = "place";
const REFUSED = "Your browser keeps nothing for this site.";
let shown = null, swapped = [];

// As the query of an address: “near=Lyon%2C%20FR”. Nothing where the browser refuses to keep things.
function kept() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function keep(place) {
  try {
    if (place) localStorage.setItem(KEY, place);
    else localStorage.removeItem(KEY);
  } catch {
    // Then kept() tells.
  }
}

// The control of a race search.
function offer(part) {
  const button = part.querySelector("button"), said = part.querySelector("[role=status]");
  const { query, town } = part.dataset;
  const isKept = () => kept() === query;
  const label = () => {
    button.textContent = isKept() ? `Forget ${town} as my place` : `Keep ${town} as my place`;
  };
  button.addEventListener("click", () => {
    const was = isKept();
    keep(was ? null : query);
    said.textContent = was === isKept() ? REFUSED : was ? "Forgotten." : "Kept in this browser only: home shows the next races near it.";
    label();
  });
  label();
  part.classList.add("keep-place--ready");
}

// Not under the reader's hands.
function swap(old, fresh) {
  if (!old || old.contains(document.activeElement)) return;
  old.replaceWith(fresh);
  swapped.push([fresh, old]);
}

function restore() {
  for (const [fresh, old] of swapped) fresh.replaceWith(old);
  swapped = [];
  shown = null;
}

async function update() {
  const place = kept(), part = document.querySelector("[data-near]");
  if (!part || place === shown) return;
  restore();
  if (!place) return;
  shown = place;
  try {
    const answer = await fetch(`${part.dataset.near}?${place}`);
    if (!answer.ok || shown !== place) return;
    const made = document.createElement("template");
    made.innerHTML = await answer.text();
    for (const fresh of [...made.content.children]) swap(document.getElementById(fresh.id), fresh);
  } catch {
    // Offline: the races of everywhere are there.
  }
}

document.addEventListener("click", ({ target }) => {
  const part = target.closest("[data-forget]")?.closest("[id]");
  if (!part) return;
  keep(null);
  restore();
  // The focus was on what is gone.
  const before = document.getElementById(part.id);
  before.tabIndex = -1;
  before.focus({ preventScroll: true });
});

const offerIn = (part) => part.querySelectorAll(".keep-place").forEach(offer);

offerIn(document);
// A part of the page was made anew.
document.addEventListener("made", ({ detail }) => offerIn(detail));
update();
// Back again, out of the browser's memory.
addEventListener("pageshow", update);
