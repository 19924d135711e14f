(() => {
  "use strict";
  const list = document.getElementById("picture-list");
  if (list && window.matchMedia("(max-width: 40rem)").matches && list.querySelectorAll("li").length < 12) list.open = true; // there is no room for the picture
})();
(() => {
  "use strict";
  for (const button of document.querySelectorAll("button.copy")) {
    if (!navigator.clipboard) break;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.parentElement.querySelector("pre").textContent);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
  }
  const form = document.getElementById("filter");
  if (!form) return;
  const shown = document.getElementById("shown");
  const none = document.getElementById("none");
  const items = [...document.querySelectorAll("[data-text]")];
  const total = items.filter((item) => item.dataset.severity).length;
  const chosen = (name) => {
    const boxes = [...form.querySelectorAll(`input[name="${name}"]`)];
    return boxes.length ? new Set(boxes.filter((box) => box.checked).map((box) => box.value)) : null;
  };
  const update = () => {
    const severities = chosen("severity");
    const statuses = chosen("status");
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const item of items) {
      const { severity, status, text } = item.dataset;
      const fits = words.every((word) => text.includes(word)) &&
        (!severity || severities.has(severity)) && (!status || !statuses || statuses.has(status));
      item.hidden = !fits;
      if (fits && severity) count++;
    }
    shown.textContent = count === total ? `All ${total} shown` : `${count} of ${total} shown`;
    none.hidden = count > 0;
  };
  form.addEventListener("input", update);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(update));
  form.hidden = false;
  update();
})();
(() => {
  "use strict";
  const form = document.getElementById("who-filter");
  if (!form) return;
  const shown = document.getElementById("who-shown");
  const lines = [...document.querySelectorAll("[data-who]")];
  const update = () => {
    const words = form.elements.who.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const line of lines) {
      line.hidden = !words.every((word) => line.dataset.who.includes(word));
      if (!line.hidden) count++;
    }
    shown.textContent = count === lines.length ? `All ${lines.length} callers` : `${count} of ${lines.length} callers`;
  };
  form.addEventListener("input", update);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  update();
})();
