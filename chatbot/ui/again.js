// The menu beside "Answer again": the other models that can answer, one menu for all replies.
const menu = element.querySelector("[popover]");
document.body.append(menu);
let opener = null;

document.addEventListener("click", (event) => {
  opener = event.target.closest?.(`button[popovertarget="${menu.id}"]`) ?? opener;
}, true);

function entry({ name, title, host }) {
  const button = document.createElement("button");
  button.type = "button";
  Object.assign(button.dataset, { act: "retry", turn: opener.dataset.turn, model: name });
  const label = button.appendChild(document.createElement("span"));
  label.lang = "en";
  label.translate = false;
  label.textContent = title;
  if (host) button.appendChild(document.createElement("small")).textContent = host;
  return button;
}

menu.addEventListener("beforetoggle", (event) => {
  if (event.newState !== "open" || !opener) return;
  menu.ariaLabel = opener.ariaLabel;
  const heading = document.createElement("p");
  heading.textContent = opener.ariaLabel;
  menu.replaceChildren(heading, ...(document.documentElement.trioWords?.writers ?? []).map(entry));
});

// Under its button where there is room, else over it.
menu.addEventListener("toggle", (event) => {
  if (event.newState !== "open" || !opener) return;
  const at = opener.getBoundingClientRect(), { offsetWidth: width, offsetHeight: height } = menu, gap = 4;
  const below = at.bottom + gap + height <= innerHeight;
  menu.style.top = `${Math.max(gap, below ? at.bottom + gap : at.top - gap - height)}px`;
  menu.style.left = `${Math.max(gap, Math.min(at.left, innerWidth - width - gap))}px`;
  menu.querySelector("button")?.focus({ preventScroll: true });
});

menu.addEventListener("click", (event) => { if (event.target.closest("button")) menu.hidePopover(); });
menu.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const all = [...menu.querySelectorAll("button")];
  all.at((all.indexOf(document.activeElement) + step) % all.length)?.focus();
});
for (const kind of ["scroll", "resize"]) {
  addEventListener(kind, (event) => { if (event.target !== menu && menu.matches(":popover-open")) menu.hidePopover(); }, true);
}

// Where no other model can answer, there is nothing to choose.
function offer() {
  document.documentElement.toggleAttribute("data-writers", Boolean(document.documentElement.trioWords?.writers?.length));
}
document.addEventListener("trio-words", offer);
offer();
