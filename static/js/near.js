// "Near me": on a click the browser is asked where it is; what it says is rounded to a tenth of a
// degree, about 10 km, and sent as the search's place. It is kept nowhere and goes nowhere else.
const WORDS = {
  1: "Your browser does not tell where you are. Type a town instead.",
  other: "Your position could not be found. Type a town instead.",
};

// Not "-0".
const rounded = (degrees) => Math.round(degrees * 10) / 10 || 0;

export function enhance(around) {
  const button = around.querySelector("button");
  const status = around.querySelector("[role=status]");
  const { form } = button;

  function found({ coords }) {
    form.elements.near.value = `${rounded(coords.latitude)},${rounded(coords.longitude)}`;
    form.requestSubmit();
  }

  function failed({ code }) {
    button.disabled = false;
    status.textContent = WORDS[code] ?? WORDS.other;
    form.elements.near.focus();
  }

  button.addEventListener("click", () => {
    button.disabled = true;
    status.textContent = "Asking your browser where you are.";
    navigator.geolocation.getCurrentPosition(found, failed, { maximumAge: 600_000, timeout: 10_000 });
  });
  // Back again, out of the browser's memory.
  addEventListener("pageshow", () => {
    button.disabled = false;
    status.textContent = "";
  });
  around.hidden = false;
}

const enhanceIn = (part) => part.querySelectorAll("[data-near-me]").forEach(enhance);

if (navigator.geolocation) {
  enhanceIn(document);
  // A part of the page was made anew.
  document.addEventListener("made", ({ detail }) => enhanceIn(detail));
}
