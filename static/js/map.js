// The map of races to move and zoom: Leaflet over the drawing of the server, whose outlines are its
// ground unless there are tiles. What is moved to is asked for as a search of that part of the map.
const PAUSE = 350;
let library;

function load({ script, sheet }) {
  library ??= new Promise((resolve, reject) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: sheet });
    const code = Object.assign(document.createElement("script"), { src: script });
    link.onload = () => document.head.append(code);
    code.onload = () => resolve(window.L);
    link.onerror = code.onerror = reject;
    document.head.append(link);
  });
  return library;
}

const numbers = (text) => text.split(",").map(Number);
const hundredths = (degrees) => Math.round(degrees * 100) / 100 || 0;
const around = (degrees) => ((((degrees + 180) % 360) + 360) % 360) - 180;

// As an address has it; none where all the world is to be seen.
function boxOf(bounds) {
  const [west, east] = [bounds.getWest(), bounds.getEast()];
  const south = Math.max(-85, bounds.getSouth()), north = Math.min(85, bounds.getNorth());
  if (east - west >= 359) return "";
  return [around(west), south, around(east), north].map(hundredths).join(",");
}

export async function enhance(figure) {
  const L = await load(figure.dataset);
  const drawing = figure.querySelector(".race-map__map");
  if (!figure.isConnected || drawing.hasAttribute("hidden")) return;
  const [west, south, east, north] = numbers(figure.dataset.edges);
  const frame = L.latLngBounds([south, west], [north, east]);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

  const live = document.createElement("div");
  live.className = "race-map__live";
  live.tabIndex = 0;
  live.setAttribute("role", "application");
  live.setAttribute("aria-label", `${drawing.getAttribute("aria-label").trim()}. Arrow keys move it, plus and minus zoom.`);
  const roomy = getComputedStyle(figure.querySelector(".race-map__pins--roomy")).display !== "none";
  const pins = figure.querySelectorAll(`.race-map__pins--${roomy ? "roomy" : "narrow"} a`);
  const focused = document.activeElement === figure;
  drawing.before(live);
  drawing.setAttribute("hidden", "");

  const map = L.map(live, {
    zoomSnap: 0, zoomDelta: 1, minZoom: 0, maxZoom: figure.dataset.tiles ? 18 : 12, scrollWheelZoom: false,
    zoomAnimation: false, fadeAnimation: false, markerZoomAnimation: false, inertia: !still,
    attributionControl: Boolean(figure.dataset.tiles), keyboardPanDelta: 60,
  });
  map.zoomControl.setPosition("topright");
  if (figure.dataset.tiles) {
    const credit = document.createElement("span");
    credit.textContent = figure.dataset.credit;
    map.attributionControl.setPrefix(false);
    L.tileLayer(figure.dataset.tiles, { attribution: credit.innerHTML, maxZoom: 18 }).addTo(map);
  } else {
    const ground = drawing.querySelector("svg").cloneNode(true);
    L.svgOverlay(ground, frame, { className: "race-map__ground" }).addTo(map);
  }
  const { box } = figure.dataset;
  if (box) {
    const [left, bottom, right, top] = numbers(box);
    const begin = left < west - 0.01 ? left + 360 : left;
    map.fitBounds([[bottom, begin], [top, right < left ? begin + right - left + 360 : begin + right - left]], { animate: false });
  } else {
    map.fitBounds(frame, { animate: false });
  }

  // Where the drawing has it, in hundredths of the frame.
  const corner = map.project(frame.getNorthWest(), 0), size = map.project(frame.getSouthEast(), 0).subtract(corner);
  for (const pin of pins) {
    const spot = pin.querySelector("circle");
    const part = ["cx", "cy"].map((name) => parseFloat(spot.getAttribute(name)) / 100);
    const link = document.createElement("a");
    link.href = pin.getAttribute("href");
    link.className = `race-map__mark${pin.matches(".race-map__pin--sure") ? " race-map__mark--sure" : ""}`;
    link.title = pin.querySelector("title").textContent;
    link.setAttribute("aria-label", link.title);
    link.textContent = pin.querySelector("text")?.textContent ?? "";
    const at = map.unproject(corner.add(L.point(size.x * part[0], size.y * part[1])), 0);
    const icon = L.divIcon({ html: link, className: "race-map__at", iconSize: [28, 28] });
    L.marker(at, { icon, keyboard: false }).addTo(map);
  }
  if (focused) live.focus({ preventScroll: true });

  // Only what a reader does moves it from here on.
  let soon;
  map.on("moveend", () => {
    clearTimeout(soon);
    soon = setTimeout(() => {
      const box = boxOf(map.getBounds());
      const address = figure.dataset.address + (box && `${figure.dataset.address.includes("?") ? "&" : "?"}box=${box}`);
      const focus = live.contains(document.activeElement) ? figure.id : undefined;
      if (live.isConnected) document.dispatchEvent(new CustomEvent("go", { detail: { address, focus } }));
    }, PAUSE);
  });
}
