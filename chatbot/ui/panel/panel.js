// Forms in the panel: opened with the keyboard's focus in them, checked, sent, closed.
function formOf(event) {
  return event.target.closest?.("form.trio-correction");
}

function close(form) {
  const details = form.closest("details");
  form.reset();
  problem(form, "");
  details.open = false;
  details.querySelector("summary").focus();
}

function problem(form, message) {
  const field = form.elements.text;
  form.querySelector(".trio-correction-problem").textContent = message;
  if (message) {
    field.setAttribute("aria-invalid", "true");
    field.focus();
  } else {
    field.removeAttribute("aria-invalid");
  }
}

const spaced = (text) => text.trim().replace(/\s+/g, " ");

document.addEventListener("submit", (event) => {
  const form = formOf(event);
  if (!form) return;
  event.preventDefault();
  const { turn, source, empty, same } = form.dataset;
  const field = form.elements.text;
  if (!field.value.trim()) return problem(form, empty);
  if (spaced(field.value) === spaced(field.defaultValue)) return problem(form, same);
  problem(form, "");
  document.dispatchEvent(new CustomEvent("trio-hush"));
  trigger("correct", { turn, source, text: field.value });
  form.closest("details").open = false;
}, true);

document.addEventListener("click", (event) => {
  const form = formOf(event);
  if (form && event.target.closest("[data-cancel]")) close(form);
});

document.addEventListener("keydown", (event) => {
  const form = formOf(event);
  if (!form || event.isComposing) return;
  if (event.key === "Escape") {
    event.stopPropagation();
    close(form);
  } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit();
  }
}, true);

// `toggle` does not bubble.
document.addEventListener("toggle", (event) => {
  const form = event.target.open && event.target.querySelector?.(":scope > form.trio-correction");
  if (!form) return;
  const field = form.elements.text;
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);
}, true);

// Reasons for a finding: asked for once, then shown and hidden. A press while Trio looks ends it.
let asked = 0;
let waiting = null;

function buttonOf({ turn, source, stage }) {
  const all = document.querySelectorAll("button.trio-why");
  return [...all].find((b) => b.dataset.turn === turn && b.dataset.source === source && b.dataset.stage === stage);
}

function idle(button) {
  button.textContent = button.dataset.why;
  button.parentElement.querySelector(".trio-why-step").textContent = "";
}

function look(button) {
  if (waiting) settle("");
  const { turn, source, stage, stop, looking } = button.dataset;
  waiting = { turn, source, stage, number: ++asked };
  button.dataset.why = button.textContent;
  button.textContent = stop;
  button.parentElement.querySelector(".trio-why-step").textContent = looking;
  trigger("explain", waiting);
}

function settle(markup) {
  const button = buttonOf(waiting);
  waiting = null;
  if (!button) return;
  idle(button);
  if (!markup) return;
  const answer = button.parentElement.querySelector(".trio-why-answer");
  answer.innerHTML = markup;
  const picture = button.closest(".trio-card").querySelector(".trio-thumb");
  if (picture) answer.querySelector(".trio-why-map")?.prepend(picture.cloneNode());
  button.setAttribute("aria-expanded", "true");
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button.trio-why");
  if (!button) return;
  const answer = button.parentElement.querySelector(".trio-why-answer");
  if (waiting && button === buttonOf(waiting)) {
    trigger("unexplain", {});
    settle("");
  } else if (answer.childElementCount) {
    answer.hidden = !answer.hidden;
    button.setAttribute("aria-expanded", String(!answer.hidden));
  } else {
    look(button);
  }
});

watch("value", () => {
  const { number, step, markup } = props.value || {};
  if (!waiting || number !== waiting.number) return;
  if (markup !== undefined) return settle(markup);
  const button = buttonOf(waiting);
  if (button) button.parentElement.querySelector(".trio-why-step").textContent = step;
});

// The button under a reply shows its panel. Gradio draws either anew without the other: what was opened stays open.
const opened = new Set();

function showOpened() {
  for (const button of document.querySelectorAll("#trio-chat button[data-act='evidence']")) {
    const id = button.getAttribute("aria-controls");
    const panel = document.getElementById(id);
    const open = opened.has(id);
    if (panel && panel.hidden === open) panel.hidden = !open;
    if (button.ariaExpanded !== String(open)) button.ariaExpanded = String(open);
  }
}

document.addEventListener("click", (event) => {
  const id = event.target.closest?.("button[data-act='evidence']")?.getAttribute("aria-controls");
  if (!id) return;
  const closed = opened.delete(id);
  if (!closed) opened.add(id);
  showOpened();
  if (!closed) bringIntoView(document.getElementById(id));
});

// What loads or is drawn anew under an opened panel makes Gradio throw the chat to its end: it is put back, until the
// person does something or a while has passed.
const STAYS_MS = 5000;

function bringIntoView(panel) {
  const chat = panel?.closest(".bubble-wrap");
  if (!chat) return;
  panel.scrollIntoView({ block: "nearest" });
  const place = chat.scrollTop;
  const over = new AbortController();
  const { signal } = over;
  chat.addEventListener("scroll", () => {
    if (chat.scrollHeight - chat.clientHeight - chat.scrollTop < 2) chat.scrollTo({ top: place });
  }, { signal });
  for (const kind of ["wheel", "touchstart", "pointerdown", "keydown"]) {
    document.addEventListener(kind, () => over.abort(), { capture: true, signal });
  }
  setTimeout(() => over.abort(), STAYS_MS);
}
new MutationObserver(showOpened).observe(document.body, { subtree: true, childList: true });
