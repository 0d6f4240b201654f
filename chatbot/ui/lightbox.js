// A picture of the conversation opens large over the page; with a key held, in a tab of its own as any link does.
const dialog = element.querySelector("dialog");
const large = dialog.querySelector("img");

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("#trio-chat a.trio-picture");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  large.src = link.href;
  large.alt = link.querySelector("img").alt;
  dialog.ariaLabel = large.alt;
  dialog.showModal();
});

// A press anywhere but on the picture closes it; Escape does so by itself.
dialog.addEventListener("click", (event) => { if (event.target !== large) dialog.close(); });
dialog.addEventListener("close", () => large.removeAttribute("src"));
