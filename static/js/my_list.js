// The list of races that a reader keeps, in this browser alone: the number of each race with when it was kept.
// Nobody is told of it until its page is opened, which asks for these races by their numbers.
const KEY = "races", MOST = 100;
const REFUSED = "Your browser keeps nothing for this site.";
const FULL = `Your list holds ${MOST} races and is full. Take one off first.`;
const NUMBER = /^[1-9]\d{0,17}$/;

// {"12": 1795…}; nothing where the browser refuses, or holds what is no list.
function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY));
    const rows = Object.entries(Array.isArray(found) ? {} : found ?? {});
    const good = rows.filter(([key, at]) => NUMBER.test(key) && Number.isFinite(at));
    return Object.fromEntries(good.slice(0, MOST));
  } catch {
    return {};
  }
}

const keys = () => Object.keys(kept());

// Whether the browser has kept it.
function keep(list) {
  try {
    if (Object.keys(list).length) localStorage.setItem(KEY, JSON.stringify(list));
    else localStorage.removeItem(KEY);
    return true;
  } catch {
    return false;
  }
}

function without(gone) {
  const list = kept();
  for (const key of gone) delete list[key];
  return keep(list);
}

// As many of them as fit; how many did, or null where the browser refuses.
function add(wanted) {
  const list = kept(), before = Object.keys(list).length;
  const fresh = wanted.filter((key) => !(key in list)).slice(0, MOST - before);
  for (const key of fresh) list[key] = Date.now();
  return keep(list) ? fresh.length : null;
}

const split = (text) => text.split(",").filter(Boolean);

// The links to the list; each has its room before it is seen.
function count() {
  const many = keys().length;
  for (const link of document.querySelectorAll("[data-my-list]")) {
    link.textContent = many ? `My list (${many})` : "My list";
    link.hidden = !many;
  }
}

// The button of a race's page, or of a list that was shared.
function offer(part) {
  const button = part.querySelector("button"), said = part.querySelector("[role=status]");
  const wanted = split(part.dataset.keep), label = button.textContent;
  const isKept = () => wanted.every((key) => key in kept());
  const show = () => {
    button.textContent = isKept() ? (wanted.length > 1 ? "Take these off my list" : "Take off my list") : label;
  };
  button.addEventListener("click", () => {
    const missing = wanted.filter((key) => !(key in kept())).length;
    if (!missing) {
      said.textContent = without(wanted) ? "Taken off." : REFUSED;
    } else {
      const added = add(wanted);
      if (added === null) said.textContent = REFUSED;
      else if (added === missing) said.textContent = "Kept in this browser only.";
      else said.textContent = added ? `${added} kept. ${missing - added} did not fit: a list holds ${MOST}.` : FULL;
    }
    update();
  });
  part.classList.add("keep-race--ready");
  return show;
}

const page = document.getElementById("my-list");
const pageSays = document.querySelector(".my-list__said");
let shown = null;

// The page of the list: what it asks for is the list in one order, so that the answer is kept for all who ask so.
async function list(said = "", then = null) {
  const wanted = keys().join();
  if (wanted === shown) return;
  shown = wanted;
  const ticked = new Set([...page.querySelectorAll(":checked")].map((box) => box.value));
  try {
    const answer = await fetch(`${page.dataset.address}?races=${wanted}`);
    if (!answer.ok) throw new Error(answer.status);
    const html = await answer.text();
    if (shown !== wanted) return;
    page.innerHTML = html;
  } catch {
    shown = null;
    pageSays.textContent = "Your list is safe in this browser, but its races can’t be fetched just now. ";
    const again = document.createElement("button");
    Object.assign(again, { type: "button", className: "link-button", textContent: "Try again" });
    again.addEventListener("click", () => list());
    pageSays.append(again);
    return;
  }
  for (const box of page.querySelectorAll("input")) box.checked = ticked.has(box.value);
  // What is over or not on the site has been named; it leaves the list.
  const left = split(page.firstElementChild.dataset.left);
  if (left.length && without(left)) shown = keys().join();
  count();
  pageSays.textContent = said;
  then?.();
}

page?.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-remove]");
  if (!button) return;
  const row = button.closest("[data-race]");
  const next = (row.nextElementSibling ?? row.previousElementSibling)?.dataset.race;
  const name = row.querySelector("h2").textContent.trim();
  if (!without([button.dataset.remove])) {
    pageSays.textContent = REFUSED;
    return;
  }
  // The focus was on what is gone.
  list(`${name} is off your list.`, () => {
    (page.querySelector(`[data-remove="${next}"]`) ?? document.getElementById("list")).focus();
  });
  count();
});

const offers = [...document.querySelectorAll("[data-keep]")].map(offer);

function update() {
  for (const show of offers) show();
  count();
  if (page) list();
}

update();
// Another tab changed it, or the page is back out of the browser's memory.
addEventListener("storage", ({ key }) => {
  if (key === KEY || key === null) update();
});
// A part of the page was made anew.
document.addEventListener("made", count);
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) update();
});
