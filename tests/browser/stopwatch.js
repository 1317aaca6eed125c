// Run in every page before its own scripts.

// When a cell was last run and when an output was last shown, in milliseconds since the page was opened.
const stopwatch = { run: 0, shown: 0 };
addEventListener("keydown", (event) => {
  if (event.shiftKey && event.key === "Enter") stopwatch.run = performance.now();
}, true);
new MutationObserver((records) => {
  const added = records.flatMap((record) => [...record.addedNodes]);
  if (added.some((node) => node.textContent && node.closest?.(".jp-OutputArea"))) stopwatch.shown = performance.now();
}).observe(document, { childList: true, subtree: true });

// When the page last asked for a kernel.
const asked = () => Math.max(...performance.getEntriesByType("resource")
  .filter((entry) => /api\/sessions(\?|$)/.test(entry.name)).map((entry) => entry.startTime));

// The texts inside an element whose contrast with their ground is below 4.5 to 1 (WCAG 2, level AA).
function faint(element) {
  const paint = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const luminance = (...colours) => {
    for (const colour of colours) {
      paint.fillStyle = colour;
      paint.fillRect(0, 0, 1, 1);
    }
    const [r, g, b] = [...paint.getImageData(0, 0, 1, 1).data]
      .map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  return [...element.querySelectorAll("*")].flatMap((node) => {
    const text = [...node.childNodes].map((child) => (child.nodeType === Node.TEXT_NODE ? child.data.trim() : "")).join("");
    if (!text) return [];
    const grounds = ["white"];
    for (let up = node; up; up = up.parentElement) grounds.splice(1, 0, getComputedStyle(up).backgroundColor);
    const pair = [luminance(...grounds), luminance(...grounds, getComputedStyle(node).color)].sort((a, b) => b - a);
    const contrast = (pair[0] + 0.05) / (pair[1] + 0.05);
    return contrast < 4.5 ? [`${contrast.toFixed(1)}: ${text.slice(0, 60)}`] : [];
  });
}

Object.assign(window, { stopwatch, asked, faint });
