// Paper has nothing to click on: every answer is open on it. For browsers without ::details-content.
const closed = [];

addEventListener("beforeprint", () => {
  closed.push(...document.querySelectorAll("details:not([open])"));
  for (const details of closed) details.open = true;
});

addEventListener("afterprint", () => {
  for (const details of closed.splice(0)) details.open = false;
});
