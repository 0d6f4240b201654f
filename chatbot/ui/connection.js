// Whether the server can be reached, said in the page's words: it is asked every few seconds. Gradio loads the page
// anew where it has noticed itself; where another server answers now, this does. Drafts outlive that (drafts.js).
const EVERY = 3000;
const PATIENCE = 10000;
const root = document.documentElement;
let server = null;

function show(lost) {
  element.querySelector("span:last-child").textContent = lost ? root.trioWords?.offline ?? "" : "";
  root.toggleAttribute("data-offline", lost);
  const seen = root.trioWords?.offline_reply ?? "";
  root.style.setProperty("--trio-offline", lost ? JSON.stringify(seen) : "none");
}

async function look() {
  try {
    const answer = await fetch("gradio_api/app_id", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    const { app_id: now } = await answer.json();
    if (server !== null && now !== server) return location.reload();
    server = now;
    show(false);
  } catch {
    show(true);
  }
}

async function keepLooking() {
  if (document.visibilityState === "visible" || root.hasAttribute("data-offline")) await look();
  setTimeout(keepLooking, EVERY);
}
document.addEventListener("trio-words", () => show(root.hasAttribute("data-offline")));
keepLooking();
