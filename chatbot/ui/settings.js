// The settings: a dialog at the side. The value is {title, close, form, answers}; the form is made by the
// server, and `answers` is the number of the change that it answers: one that is out of date is not shown.
const dialog = element.querySelector("dialog");
let shown = "";
let sent = 0;

function values(form) {
  const found = {};
  for (const control of form.elements) {
    if (!control.name) continue;
    if (control.type === "radio" && !control.checked) continue;
    found[control.name] =
      control.type === "checkbox" ? control.checked : control.type === "range" ? Number(control.value) : control.value;
  }
  return found;
}

function show() {
  const { title, close, form, answers } = props.value ?? {};
  if (!form || shown === form + title || (answers ?? 0) < sent) return;
  shown = form + title;
  const focused = dialog.contains(document.activeElement) ? document.activeElement : null;
  const top = dialog.querySelector(".trio-drawer-body").scrollTop;
  dialog.querySelector("h2").textContent = title;
  dialog.querySelector(".trio-drawer-head button").setAttribute("aria-label", close);
  dialog.querySelector(".trio-drawer-body").innerHTML = form;
  dialog.querySelector(".trio-drawer-body").scrollTop = top;
  if (focused?.name) {
    const same = [...dialog.querySelectorAll(`[name="${CSS.escape(focused.name)}"]`)];
    (same.find((control) => control.type !== "radio" || control.checked) ?? same[0])?.focus();
  }
  dialog.querySelector(".trio-refusal")?.scrollIntoView({ block: "nearest" });
}

element.addEventListener("input", (event) => {
  if (event.target.type === "range") event.target.nextElementSibling.textContent = Number(event.target.value).toFixed(1);
});
element.addEventListener("change", (event) => {
  const { form, name } = event.target;
  if (!form || !name) return;
  sent += 1;
  const given = { ...values(form), changed: name, number: sent };
  if (name === "theme") document.dispatchEvent(new CustomEvent("trio-theme", { detail: given.theme }));
  trigger("remember", given);
});
element.addEventListener("submit", (event) => event.preventDefault());
element.addEventListener("click", (event) => {
  if (event.target === dialog || event.target.closest(".trio-drawer-head button")) dialog.close();
});
dialog.addEventListener("keydown", (event) => event.stopPropagation());
document.addEventListener("trio-settings", () => {
  if (dialog.open) return;
  dialog.showModal();
  trigger("offer", { number: sent });
});
watch("value", show);
show();
