// The settings: a dialog at the side. The value is {title, close, form, answers}, or news of a download or a voice; the form is made by the
// server, and `answers` is the number of the change that it answers: one that is out of date is not shown.
const dialog = element.querySelector("dialog");
let shown = "";
let sent = 0;
let following = false; // whether this tab is told how far a download is

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

// A download goes on: what it says changes, and its button stays, so that a press is not lost.
function goOn(before, download) {
  const now = document.createElement("template");
  now.innerHTML = download;
  for (const part of ["span", "progress"]) {
    const [old, fresh] = [before.querySelector(part), now.content.querySelector(part)];
    if (part === "span") old.innerHTML = fresh.innerHTML;
    else for (const { name, value } of fresh.attributes) old.setAttribute(name, value);
  }
}

// How far a stage's download is, or what can be downloaded: {stage, download, running, choose}; what was got is
// chosen, as a person would.
function showDownload({ stage, download, running, choose }) {
  following = running;
  shown = ""; // the form stands there no longer as it was sent
  const mine = `.trio-download[data-stage="${CSS.escape(stage)}"]`;
  const before = dialog.querySelector(mine);
  if (before?.matches("[data-running]") && running) goOn(before, download);
  else if (before) {
    const focused = before.contains(document.activeElement);
    before.outerHTML = download;
    const select = dialog.querySelector(`select[name="backend:${CSS.escape(stage)}"]`);
    dialog.querySelector(mine)?.scrollIntoView({ block: "nearest" });
    if (focused) (dialog.querySelector(`${mine} button`) ?? select)?.focus();
  }
  for (const [name, value] of Object.entries(choose ?? {})) {
    const select = dialog.querySelector(`select[name="${CSS.escape(name)}"]`);
    if (!select) continue;
    select.value = value;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

// The control that was asked for when the dialog was opened; the form may come later.
let wanted = "";

function goTo() {
  const control = wanted && dialog.querySelector(`[name="${CSS.escape(wanted)}"]`);
  if (!control) return;
  wanted = "";
  control.scrollIntoView({ block: "center" });
  control.focus();
}

function follow(asked) {
  following = true;
  trigger("download", asked);
}

// A sentence in the chosen voice. The page's player pauses it when another voice begins, as it does every <audio>.
const sample = dialog.querySelector("audio");
let listening = null; // {language, number, waiting}
let unheard = ""; // why no voice was heard
let asked = 0;

function markListening() {
  for (const button of dialog.querySelectorAll("[data-listen]")) {
    const mine = listening?.language === button.dataset.listen;
    button.setAttribute("aria-pressed", String(mine));
    button.setAttribute("aria-busy", String(mine && listening.waiting));
  }
  const line = dialog.querySelector(".trio-not-heard");
  if (!line) return;
  line.textContent = unheard;
  line.hidden = !unheard;
}

function endSample() {
  listening = null;
  sample.pause();
  markListening();
}

function listen(button) {
  const language = button.dataset.listen;
  const again = listening?.language === language;
  unheard = "";
  endSample();
  if (again) return;
  sample.load(); // Safari lets a script play only what a press has touched
  listening = { language, number: ++asked, waiting: true };
  markListening();
  trigger("listen", { ...values(button.form), listen: language, number: asked });
}

function hear({ number, sound, problem }) {
  if (!listening?.waiting || number !== listening.number) return;
  unheard = problem;
  if (problem) return endSample();
  const mine = listening;
  mine.waiting = false;
  sample.src = `data:audio/wav;base64,${sound}`;
  sample.play().catch(() => { if (listening === mine) endSample(); });
  markListening();
}

sample.addEventListener("pause", () => {
  if (sample.paused && listening && !listening.waiting) endSample();
});
dialog.addEventListener("close", endSample);

function show() {
  const { title, close, form, answers, download, sound } = props.value ?? {};
  if (download !== undefined) showDownload(props.value);
  if (sound !== undefined) hear(props.value);
  if (!form || shown === form + title || (answers ?? 0) < sent) return;
  shown = form + title;
  const focused = dialog.contains(document.activeElement) ? document.activeElement : null;
  const typed = focused?.matches("textarea") ? [focused.value, focused.selectionStart, focused.selectionEnd] : null;
  const top = dialog.querySelector(".trio-drawer-body").scrollTop;
  const open = dialog.querySelector(".trio-advanced")?.open;
  dialog.querySelector("h2").textContent = title;
  dialog.querySelector(".trio-drawer-head button").setAttribute("aria-label", close);
  dialog.querySelector(".trio-drawer-body").innerHTML = form;
  const advanced = dialog.querySelector(".trio-advanced");
  if (advanced) advanced.open = open || Boolean(advanced.querySelector(".trio-download, .trio-refusal"));
  dialog.querySelector(".trio-drawer-body").scrollTop = top;
  if (focused?.name) {
    const same = [...dialog.querySelectorAll(`[name="${CSS.escape(focused.name)}"]`)];
    (same.find((control) => control.type !== "radio" || control.checked) ?? same[0])?.focus();
    if (typed && same[0]) {
      same[0].value = typed[0]; // what is being written is newer than what the server knows
      same[0].setSelectionRange(typed[1], typed[2]);
    }
  }
  markListening();
  dialog.querySelector(".trio-refusal:not([hidden])")?.scrollIntoView({ block: "nearest" });
  // A model of the hub that is not there: its size and licence, or why they cannot be had, come in its place.
  for (const asking of dialog.querySelectorAll("[data-look-up]")) {
    trigger("look_up", { stage: asking.dataset.stage, name: asking.dataset.lookUp });
    delete asking.dataset.lookUp;
  }
  goTo();
  if (!following && dialog.querySelector(".trio-download[data-running]")) follow({});
}

element.addEventListener("input", (event) => {
  if (event.target.type === "range") event.target.nextElementSibling.textContent = Number(event.target.value).toFixed(1);
});
element.addEventListener("change", (event) => {
  const { form, name } = event.target;
  if (!form || !name) return;
  endSample();
  sent += 1;
  const given = { ...values(form), changed: name, number: sent };
  if (name === "theme") document.dispatchEvent(new CustomEvent("trio-theme", { detail: given.theme }));
  trigger("remember", given);
});
element.addEventListener("submit", (event) => event.preventDefault());
element.addEventListener("click", (event) => {
  const get = event.target.closest("[data-download]");
  if (get) follow({ stage: get.dataset.download, name: get.dataset.name });
  if (event.target.closest("[data-stop-download]")) trigger("stop_download", {});
  const heard = event.target.closest("[data-listen]");
  if (heard) listen(heard);
  if (event.target === dialog || event.target.closest(".trio-drawer-head button")) dialog.close();
});
dialog.addEventListener("keydown", (event) => event.stopPropagation());
document.addEventListener("trio-settings", ({ detail }) => {
  if (dialog.open) return;
  dialog.showModal();
  wanted = detail ?? "";
  goTo();
  trigger("offer", { number: sent });
});
watch("value", show);
show();
