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
