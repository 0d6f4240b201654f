// Whether the server can be reached, said in the page's words: it is asked every few seconds. Gradio loads the page
// anew where it has noticed itself; where another server answers now, this does. Drafts outlive that (drafts.js).
const EVERY = 3000;
const PATIENCE = 10000;
const root = document.documentElement;
let known = null;
let offline = false;

function show(lost) {
  element.querySelector("span:last-child").textContent = lost ? root.trioWords?.offline ?? "" : "";
  const page = document.querySelector("#trio-page");
  page.toggleAttribute("data-offline", lost);
  page.style.setProperty("--trio-offline", JSON.stringify(root.trioWords?.offline_reply ?? ""));
  offline = lost;
}

async function look() {
  try {
    const answer = await fetch("gradio_api/app_id", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    const { app_id: now } = await answer.json();
    if (known !== null && now !== known) return location.reload();
    known = now;
    show(false);
  } catch {
    show(true);
  }
}

async function keepLooking() {
  if (document.visibilityState === "visible" || offline) await look();
  setTimeout(keepLooking, EVERY);
}
document.addEventListener("trio-words", () => show(offline));
keepLooking();
