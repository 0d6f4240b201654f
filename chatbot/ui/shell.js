// The page's frame: buttons that only the browser needs, keys, sidebar and colours.
const STORED_THEME = "trio-theme";
const STORED_SIDEBAR = "trio-sidebar";
const wide = matchMedia("(min-width: 60rem)");
const darkSystem = matchMedia("(prefers-color-scheme: dark)");
const box = () => document.querySelector("#trio-box textarea");
const searchBox = () => document.querySelector("#trio-search :is(input, textarea)");
const help = () => document.querySelector(".trio-help");
let theme = localStorage.getItem(STORED_THEME) ?? "system";

function colour() {
  document.body.classList.toggle("dark", theme === "dark" || (theme === "system" && darkSystem.matches));
}

document.addEventListener("trio-theme", (event) => {
  theme = event.detail ?? "system";
  localStorage.setItem(STORED_THEME, theme);
  colour();
});
darkSystem.addEventListener("change", () => setTimeout(colour));
colour();

// On a wide page the sidebar stands beside the chat and is remembered; on a narrow one it covers it.
function sidebar(open) {
  document.querySelector("#trio-page").dataset.sidebar = open ? "open" : "closed";
  element.querySelector("[data-action='sidebar']").setAttribute("aria-expanded", String(open));
  const side = document.querySelector("#trio-sidebar");
  if (side) side.inert = !open;
  if (wide.matches) localStorage.setItem(STORED_SIDEBAR, open ? "open" : "closed");
}

const sidebarOpen = () => document.querySelector("#trio-page").dataset.sidebar === "open";
const remembered = () => wide.matches && localStorage.getItem(STORED_SIDEBAR) !== "closed";
wide.addEventListener("change", () => sidebar(remembered()));
sidebar(remembered());
document.addEventListener("trio-place-chosen", () => wide.matches || sidebar(false));

// The search of the conversations, whatever the sidebar shows.
function search() {
  sidebar(true);
  document.querySelector("#trio-tabs [data-what='conversations'][aria-pressed='false']")?.click();
  searchBox()?.select();
  searchBox()?.focus();
}

const actions = {
  focus: () => box()?.focus(),
  sidebar: () => sidebar(!sidebarOpen()),
  settings: () => document.dispatchEvent(new CustomEvent("trio-settings")),
  models: () => document.dispatchEvent(new CustomEvent("trio-settings", { detail: "backend:generate" })),
  camera: () => document.dispatchEvent(new CustomEvent("trio-camera")),
  help: () => help()?.open || help()?.showModal(),
};

document.addEventListener("click", (event) => {
  const action = actions[event.target.closest?.("[data-action]")?.dataset.action];
  if (action) {
    event.preventDefault();
    action();
  } else if (sidebarOpen() && !wide.matches && !event.target.closest?.("#trio-sidebar, dialog")) {
    sidebar(false);
  }
});

const writing = (target) => target.closest?.("input, textarea, select, [contenteditable='true']");

function stop() {
  document.querySelector("#trio-box .stop-button")?.click();
  document.dispatchEvent(new CustomEvent("trio-hush"));
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
  const control = event.ctrlKey || event.metaKey;
  if (event.key === "Escape") {
    if (sidebarOpen() && !wide.matches) sidebar(false);
    else stop();
  } else if (control && event.shiftKey && event.key.toLowerCase() === "o") {
    event.preventDefault();
    document.querySelector("#trio-clear")?.click();
    box()?.focus();
  } else if (control && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    search();
  } else if (control && event.key === ",") {
    event.preventDefault();
    actions.settings();
  } else if (!control && !event.altKey && !writing(event.target)) {
    if (event.key === "/") { event.preventDefault(); actions.focus(); }
    if (event.key === "?") { event.preventDefault(); actions.help(); }
  }
});

// ── A reply that ends while nobody looks is counted in the title, until the page is seen ──
const name = document.title;
let answering = false;
let unseen = 0;

new MutationObserver(() => {
  const now = document.querySelector("#trio-box .stop-button") !== null;
  if (answering && !now && document.hidden) document.title = `(${++unseen}) ${name}`;
  answering = now;
}).observe(document.body, { subtree: true, childList: true });
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  unseen = 0;
  document.title = name;
});
