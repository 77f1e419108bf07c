// A button that gives the page on: by what the device offers, else by copying its address. Hidden without.

const button = document.querySelector("[data-share]");
const said = document.querySelector("[data-share-said]");
const address = document.querySelector("link[rel=canonical]").href;

button.hidden = false;
button.addEventListener("click", async () => {
  if (navigator.share) {
    // Whoever changes their mind has not failed.
    await navigator.share({ title: document.title, url: address }).catch(() => {});
    return;
  }
  try {
    await navigator.clipboard.writeText(address);
    said.textContent = "Its address is copied.";
  } catch {
    said.textContent = address;
  }
});
