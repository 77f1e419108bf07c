// The search box of the header: on a phone its icon opens it in place, and "/" leads to the box of any page.

const opener = document.querySelector(".header-search__open");
const form = document.getElementById("header-search");

function open(isOpen) {
  form.classList.toggle("header-search--open", isOpen);
  opener.setAttribute("aria-expanded", String(isOpen));
}

opener.setAttribute("role", "button");
opener.setAttribute("aria-controls", form.id);
opener.setAttribute("aria-expanded", "false");
opener.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  open(opener.getAttribute("aria-expanded") === "false");
  if (form.checkVisibility()) form.q.focus();
});
// As a button it answers to the space bar too.
opener.addEventListener("keydown", (event) => {
  if (event.key !== " ") return;
  event.preventDefault();
  opener.click();
});
form.addEventListener("keydown", ({ key }) => {
  if (key !== "Escape" || !opener.checkVisibility()) return;
  open(false);
  opener.focus();
});
document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  if (opener.checkVisibility()) open(true);
  form.q.focus();
});
