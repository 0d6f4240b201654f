// Carries every button with `data-act` to the page's handlers, asks first where a button says so,
// and keeps the address and the focus in step.
// The value is {conversation, turn, sent}: what the address names, the turn to scroll to, the one just sent.
const root = document.documentElement;
const dialog = element.querySelector("dialog");
document.body.append(dialog);
const STARTS = new Set(["retry", "edit", "continue"]);
const QUIETS = new Set(["retry", "edit", "continue", "open", "new", "undo", "version"]);

function tell(data) {
  if (QUIETS.has(data.act)) document.dispatchEvent(new CustomEvent("trio-hush"));
  trigger(STARTS.has(data.act) ? "begin" : "act", data);
  if (["open", "new"].includes(data.act)) document.dispatchEvent(new CustomEvent("trio-place-chosen"));
}

// ── The dialog ──────────────────────────────────────────────────────────────
function ask(name, value, done) {
  const words = root.trioWords?.asks?.[name];
  if (!words) return;
  const field = dialog.querySelector("textarea");
  const withField = value !== undefined;
  dialog.querySelector("h2").textContent = words.title;
  dialog.querySelector("p").textContent = withField ? "" : words.text;
  dialog.querySelector("label").hidden = !withField;
  dialog.querySelector("label span").textContent = words.text;
  dialog.querySelector("[data-cancel]").textContent = root.trioWords.cancel;
  dialog.querySelector("[type=submit]").textContent = words.ok;
  field.value = value ?? "";
  field.rows = ["edit", "instruct"].includes(name) ? 6 : name === "rename" ? 1 : 3;
  dialog.dataset.ask = name;
  dialog.querySelector("form").onsubmit = () => done(withField ? field.value : undefined);
  dialog.showModal();
  if (withField) field.focus();
}

dialog.querySelector("[data-cancel]").addEventListener("click", () => dialog.close());
dialog.querySelector("textarea").addEventListener("keydown", (event) => {
  const sends = event.key === "Enter" && (event.ctrlKey || event.metaKey || dialog.dataset.ask === "rename");
  if (!sends || event.isComposing) return;
  event.preventDefault();
  dialog.querySelector("form").requestSubmit();
});

// ── Buttons ─────────────────────────────────────────────────────────────────
async function copy(button) {
  await navigator.clipboard.writeText(button.dataset.text);
  const before = button.getAttribute("aria-label");
  const copied = root.trioWords?.copied ?? before;
  button.dataset.done = copied;
  button.setAttribute("aria-label", copied);
  setTimeout(() => { delete button.dataset.done; button.setAttribute("aria-label", before); }, 1500);
}

// The player of a reply shows itself once it is asked for.
function listen({ dataset: { audio } }) {
  const player = document.getElementById(audio);
  if (!player) return;
  const starts = player.paused;
  player.parentElement.hidden = false;
  if (starts) player.play().catch((error) => console.warn("The voice cannot be played", error));
  else player.pause();
}

// A long message of the person shows all of itself, and its beginning again.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button.trio-unfold");
  if (!button) return;
  const open = !button.previousElementSibling.classList.toggle("trio-folded");
  button.ariaExpanded = String(open);
  button.textContent = open ? button.dataset.less : button.dataset.more;
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button[data-act]");
  if (!button || button.hasAttribute("aria-controls") || button.hasAttribute("popovertarget")) return; // what shows a part of the page has its own script
  const { ask: question, value, key, done, ...data } = button.dataset;
  if (data.act === "listen") listen(button);
  else if (data.act === "copy") copy(button).catch((error) => console.warn("Nothing was copied", error));
  else if (question) ask(question, value, (text) => tell(text === undefined ? data : { ...data, text }));
  else tell(data);
});

// ── The sidebar ─────────────────────────────────────────────────────────────
function nameSidebar() {
  const sidebar = document.getElementById("trio-sidebar");
  sidebar?.setAttribute("role", "navigation");
  sidebar?.setAttribute("aria-label", root.trioWords?.sidebar_label ?? "");
}

document.addEventListener("trio-words", nameSidebar);

// A part that is drawn anew takes the focus back to the button that had it.
let focused = null;
const keyOf = (target) => target.closest?.("[data-key]")?.dataset.key ?? null;
document.addEventListener("focusin", (event) => { if (!dialog.contains(event.target)) focused = keyOf(event.target); });
document.addEventListener("pointerdown", (event) => {
  if (!dialog.contains(event.target)) focused = keyOf(event.target);
}, true);
new MutationObserver(() => {
  if (!focused || dialog.open || document.activeElement !== document.body) return;
  document.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}).observe(document.body, { subtree: true, childList: true });

// ── The address, and the place that is to be seen ───────────────────────────
let wanted; // the conversation that the browser's Back or Forward asks for, until it is there
let seen = null; // the turn that was sent last
let sentAt = -Infinity; // when this tab sent something

function sync() {
  const { conversation = null, turn, sent } = props.value ?? {};
  if (wanted !== undefined && wanted !== conversation) return;
  wanted = undefined;
  if (sent) sentAt = performance.now();
  const address = new URL(location.href);
  if (conversation) address.searchParams.set("c", conversation);
  else address.searchParams.delete("c");
  if (address.href !== location.href) history.pushState(history.state, "", address);
  document.dispatchEvent(new CustomEvent("trio-place", { detail: { conversation, sent: Boolean(sent) } }));
  if (turn) scrollTo(turn, 20);
  else if (sent && sent !== seen) scrollToEnd((seen = sent), 50);
}

window.addEventListener("popstate", () => {
  const id = new URL(location.href).searchParams.get("c");
  wanted = id;
  setTimeout(() => { wanted = undefined; }, 3000); // it may be gone
  tell(id ? { act: "open", id } : { act: "new" });
});

// What was just sent is seen, wherever the chat stood; Gradio follows from there.
function scrollToEnd(turn, tries) {
  if (!document.getElementById(`turn-${turn}`)) {
    if (tries) setTimeout(() => scrollToEnd(turn, tries - 1), 100);
    return;
  }
  const chat = document.querySelector("#trio-chat .bubble-wrap");
  for (const wait of [0, 150, 400]) setTimeout(() => chat.scrollTo({ top: chat.scrollHeight }), wait);
}

function scrollTo(turn, tries) {
  const target = document.getElementById(`turn-${turn}`);
  if (!target) {
    if (tries) setTimeout(() => scrollTo(turn, tries - 1), 100);
    return;
  }
  // The chat scrolls to its end when it changes; this comes after that.
  for (const wait of [0, 150, 400]) setTimeout(() => target.scrollIntoView({ block: "center" }), wait);
  target.classList.add("trio-found");
  setTimeout(() => target.classList.remove("trio-found"), 3000);
}

// A reply that this tab does not follow (it was asked before a reload, or in another tab) is followed from now. What
// the tab has just sent it follows by itself: to ask for it again would hold up the first word.
const FOLLOWS_MS = 15000;
setInterval(() => {
  if (document.visibilityState !== "visible" || performance.now() - sentAt < FOLLOWS_MS) return;
  if (document.querySelector("#trio-chat [data-refresh]")) trigger("watch", {});
}, 1000);

// ── How long what goes on has been going on ─────────────────────────────────
const since = new Map();
function tick() {
  const now = performance.now();
  const shown = [...document.querySelectorAll("#trio-chat [data-clock]")];
  if (!shown.length) since.clear();
  for (const counter of shown) {
    const { clock, seconds } = counter.dataset;
    if (!since.has(clock)) since.set(clock, now);
    const passed = Math.floor((now - since.get(clock)) / 1000);
    const text = passed >= 1 ? seconds.replace("{seconds}", passed) : "";
    if (counter.textContent !== text) counter.textContent = text;
  }
}
setInterval(tick, 250);

nameSidebar();
watch("value", sync);
