// Marks the section that is read in each list of the page's sections. Without it they are links.

const lists = [...document.querySelectorAll(".strip, .rail__course")];
const links = new Map();
for (const list of lists) {
  for (const link of list.querySelectorAll("a")) {
    const id = link.hash.slice(1);
    links.set(id, [...(links.get(id) ?? []), link]);
  }
}
const headings = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);
let current;

// The last section whose heading has passed the upper third of the window; at the end, the last.
function mark() {
  const line = innerHeight / 3;
  const isAtEnd = scrollY + innerHeight >= document.documentElement.scrollHeight - 2;
  const passed = headings.filter((heading) => heading.getBoundingClientRect().top < line);
  const reached = (isAtEnd ? headings : passed).at(-1) ?? headings[0];
  if (reached === current) return;
  for (const link of links.get(current?.id) ?? []) link.removeAttribute("aria-current");
  current = reached;
  for (const link of links.get(current?.id) ?? []) {
    link.setAttribute("aria-current", "true");
    const row = link.closest(".strip ul");
    // Along the row alone: the page itself must not move.
    if (row) row.scrollTo({ left: link.offsetLeft - row.clientWidth / 3 });
  }
}

const observer = new IntersectionObserver(mark, { rootMargin: "0px 0px -66% 0px" });
for (const heading of headings) observer.observe(heading);
addEventListener("scrollend", mark);
mark();
