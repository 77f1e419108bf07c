// The rows of a term's parts in admin: buttons move them, and sources show by which number they are
// cited. Without it each row has a number for its place, which is all that is sent either way.
const status = document.createElement("p");
status.className = "visually-hidden";
status.setAttribute("role", "status");
document.body.append(status);

const placeOf = (row) => row.querySelector("input.place");
const rowOf = (element) => element.closest("tr.form-row, .inline-related:not(.tabular)");
const indexOf = (row) => Number(row.id.match(/\d+$/)?.[0]);
const rowsOf = (group) => [...group.querySelectorAll("input.place")].map(rowOf)
  .filter((row) => !row.classList.contains("empty-form"));

function button(step, text) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "move";
  made.dataset.step = step;
  made.textContent = text;
  return made;
}

// The template row too: those that are added are copies of it.
function enhance(input) {
  input.type = "hidden";
  input.after(button(-1, "↑"), button(1, "↓"));
}

// An error of the whole row stands in a row of its own, before it.
function put(row, before) {
  const error = row.previousElementSibling;
  before.before(...(error?.matches(".row-form-errors") ? [error, row] : [row]));
}

function sort(group, key) {
  const rows = rowsOf(group).sort((one, other) => key(one) - key(other));
  const end = group.querySelector(".empty-form, .add-row");
  if (end) for (const row of rows) put(row, end);
}

function count(group) {
  const rows = rowsOf(group);
  const name = group.dataset.name;
  rows.forEach((row, index) => {
    placeOf(row).value = index + 1;
    const label = row.querySelector(".inline_label");
    if (/^#\d+$/.test(label?.textContent.trim())) label.textContent = `#${index + 1}`;
    for (const move of row.querySelectorAll(".move")) {
      const isUp = move.dataset.step < 0;
      move.setAttribute("aria-label", `Move ${name} ${index + 1} ${isUp ? "up" : "down"}`);
      // Not disabled, which would take the focus away from whoever has just got there.
      move.setAttribute("aria-disabled", String(index === (isUp ? 0 : rows.length - 1)));
    }
  });
}

function move(pressed) {
  const row = rowOf(pressed), group = pressed.closest(".inline-group");
  const rows = rowsOf(group), from = rows.indexOf(row), to = from + Number(pressed.dataset.step);
  if (!rows[to]) return;
  if (to < from) put(row, rows[to].previousElementSibling?.matches(".row-form-errors") ? rows[to].previousElementSibling : rows[to]);
  else put(rows[to], row.previousElementSibling?.matches(".row-form-errors") ? row.previousElementSibling : row);
  count(group);
  pressed.focus();
  status.textContent = `Now ${group.dataset.name} ${to + 1} of ${rows.length}.`;
}

// A number is not given twice, or a text could cite another source than its writer meant.
const sources = document.getElementById("sources-group");
const numberOf = (row) => row.querySelector(".field-number input");
let last = sources ? Math.max(0, ...rowsOf(sources).map((row) => Number(numberOf(row)?.value))) : 0;

function number(row) {
  last += 1;
  numberOf(row).value = last;
  row.querySelector(".citation-number").textContent = `[^${last}]`;
}

// The sources that a key fact may name, as they are typed.
function offer() {
  const typed = rowsOf(sources).map((row) => [numberOf(row)?.value, row.querySelector(".field-title input")?.value]);
  for (const select of document.querySelectorAll("#key_facts-group .field-cites select")) {
    const { value, selectedOptions: [chosen] } = select;
    const options = typed.map(([cited, title]) => new Option(`[^${cited}] ${title || "no title yet"}`, cited));
    // One that is gone stays chosen, so that saving says so.
    if (value && !options.some((option) => option.value === value)) options.push(chosen);
    select.replaceChildren(select.options[0], ...options);
    select.value = value;
  }
}

const groups = [...document.querySelectorAll(".inline-group")].filter((group) => group.querySelector("input.place"));

for (const group of groups) {
  const { options } = JSON.parse(group.dataset.inlineFormset);
  group.dataset.name = options.addText.replace(/^Add another /, "").toLowerCase();
  for (const input of group.querySelectorAll("input.place")) enhance(input);
  // As they were when the server, or the browser on the way back, gave them.
  sort(group, (row) => Number(placeOf(row).value) || Infinity);
  count(group);
  group.addEventListener("click", (event) => {
    const pressed = event.target.closest(".move");
    if (pressed) move(pressed);
  });
  group.addEventListener("formset:added", (event) => {
    if (group === sources) number(event.target);
    count(group);
    if (sources) offer();
  });
  // As a row is removed, Django numbers those that are left as they stand, and takes the first for
  // the stored ones. So for that moment they stand as they came.
  group.addEventListener("click", (event) => {
    if (!event.target.closest(".inline-deletelink")) return;
    sort(group, indexOf);
    setTimeout(() => {
      sort(group, (row) => Number(placeOf(row).value));
      count(group);
      if (sources) offer();
    });
  }, { capture: true });
}

sources?.addEventListener("input", offer);
