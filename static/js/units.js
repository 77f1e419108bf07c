// Lengths, climbs and paces stand in both units: “42.2 km (26.2 mi)”. Whoever chooses one reads that alone; the choice
// is kept in this browser only.
const KEY = "unit";
const BOTH = /([\d.,:]+ (?:km\/h|per km|km|m)) \(([^)]+)\)/g;
const said = new Map([...document.querySelectorAll(".measure")].map((part) => [part, part.textContent]));
const choice = document.querySelector("[data-units]");

function kept() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function show(unit) {
  const wanted = { km: "$1", mi: "$2" }[unit];
  for (const [part, text] of said) part.textContent = wanted ? text.replace(BOTH, wanted) : text;
}

if (choice) {
  const unit = choice.querySelector(`[value="${kept() === "km" || kept() === "mi" ? kept() : ""}"]`);
  unit.checked = true;
  show(unit.value);
  choice.addEventListener("change", ({ target }) => {
    show(target.value);
    try {
      localStorage.setItem(KEY, target.value);
    } catch {
      // Then it holds for this page.
    }
  });
  choice.hidden = false;
}
