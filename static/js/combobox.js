// Suggestions under a box: the combobox of the ARIA practices, with a list whose options are chosen
// by hand. An option leads to its data-url, or its data-value is put into the box. Without it, or
// when the server says nothing, the form does what it did.
const PAUSE = 150;

export function enhance(input) {
  const around = input.parentElement;
  around.classList.add("suggested");
  const list = document.createElement("ul");
  const status = document.createElement("p");
  let active = null, timer = 0, asking = new AbortController(), asked = "";

  list.id = `${input.id}-suggestions`;
  list.className = "suggestions";
  list.hidden = true;
  for (const [name, value] of [["role", "listbox"], ["aria-label", "Suggestions"]]) list.setAttribute(name, value);
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  around.append(list, status);
  // A browser gives back what was typed only where it may complete it too, which would hide the list.
  if (input.type === "search" && history.state?.[input.id]) input.value = history.state[input.id];
  for (const [name, value] of [["role", "combobox"], ["aria-expanded", "false"], ["aria-controls", list.id], ["aria-autocomplete", "list"]]) input.setAttribute(name, value);

  function activate(option) {
    active?.removeAttribute("aria-selected");
    active = option;
    if (!option) return input.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", option.id);
  }

  function show(html) {
    list.innerHTML = html;
    const count = list.children.length;
    for (const option of list.children) option.id = `${input.id}-${option.id}`;
    activate(null);
    list.hidden = !count;
    input.setAttribute("aria-expanded", String(count > 0));
    status.textContent = html && `${count || "No"} suggestion${count === 1 ? "" : "s"}`;
  }

  function close() {
    clearTimeout(timer);
    asking.abort();
    asked = "";
    if (!list.hidden || status.textContent) show("");
  }

  // Of this step in the browser's history: nobody else is told.
  const remember = () => {
    if (input.type === "search") history.replaceState({ ...history.state, [input.id]: input.value }, "");
  };

  async function ask() {
    const words = input.value.trim();
    remember();
    if (words.length < 2) return close();
    if (words === asked) return;
    asking.abort();
    asking = new AbortController();
    asked = words;
    try {
      const address = `${input.dataset.suggestions}?q=${encodeURIComponent(words)}`;
      const response = await fetch(address, { signal: asking.signal });
      if (response.ok) show(await response.text());
    } catch {
      // Offline, or a newer question has been asked.
    }
  }

  function choose(option) {
    remember();
    if (option.dataset.url) return location.assign(option.dataset.url);
    input.value = option.dataset.value;
    close();
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function move(step) {
    const { children } = list;
    const from = active ? [...children].indexOf(active) : step > 0 ? -1 : 0;
    activate(children[(from + step + children.length) % children.length]);
  }

  input.addEventListener("input", (event) => {
    clearTimeout(timer);
    if (!event.isComposing) timer = setTimeout(ask, PAUSE);
  });
  input.addEventListener("compositionend", () => { timer = setTimeout(ask, PAUSE); });
  input.addEventListener("keydown", (event) => {
    const isOpen = !list.hidden;
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (isOpen) move(event.key === "ArrowDown" ? 1 : -1);
      else ask();
    } else if (event.key === "Enter" && active) {
      event.preventDefault();
      choose(active);
    } else if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      close();
    } else if (event.key === "Escape" && input.type === "search") {
      input.value = "";
    }
  });
  input.form.addEventListener("submit", close);
  input.addEventListener("change", remember);
  input.addEventListener("blur", close);
  // The focus stays in the box, or the list would close before the click.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) choose(option);
  });
  document.addEventListener("pointerdown", (event) => {
    if (!around.contains(event.target)) close();
  });
  // Back again, out of the browser's memory.
  addEventListener("pageshow", close);
}

const enhanceIn = (part) => part.querySelectorAll("input[data-suggestions]").forEach(enhance);

enhanceIn(document);
// A part of the page was made anew.
document.addEventListener("made", ({ detail }) => enhanceIn(detail));
