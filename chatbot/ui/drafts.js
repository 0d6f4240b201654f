// What is written or attached and not sent yet, by conversation. The tab keeps it: it outlives a reload, a
// restart of the server, and a look at another conversation.
const STORED = "trio-drafts";
const root = document.documentElement;
const drafts = JSON.parse(sessionStorage.getItem(STORED) ?? "{}");
let place = new URL(location.href).searchParams.get("c") ?? "";

function keep(draft) {
  if (draft?.text || draft?.files?.length) drafts[place] = { text: draft.text ?? "", files: draft.files ?? [] };
  else delete drafts[place];
  sessionStorage.setItem(STORED, JSON.stringify(drafts));
}

function restore() {
  root.trioDraft = drafts[place] ?? { text: "", files: [] };
  trigger("restore", {});
}

// The server understands the files while the person still writes; at the first letter, the model reads what
// the prompt begins with.
let prepared = "[]";
let wrote = false;
function prepare(draft) {
  const files = JSON.stringify((draft?.files ?? []).map((file) => file?.path ?? file?.url ?? null));
  const writes = Boolean(draft?.text);
  if (files !== prepared || (writes && !wrote)) trigger("prepare", {});
  [prepared, wrote] = [files, writes];
}

document.addEventListener("trio-draft", (event) => {
  keep(event.detail);
  prepare(event.detail);
});
// Gradio tells of no change where the box held files alone and the server empties it.
function noteEmptied() {
  const box = document.querySelector("#trio-box");
  if (box.querySelector("textarea").value || box.querySelector(".thumbnail-item")) return;
  document.dispatchEvent(new CustomEvent("trio-draft", { detail: { text: "", files: [] } }));
}

document.addEventListener("trio-place", ({ detail: { conversation, sent } }) => {
  if (sent) setTimeout(noteEmptied, 200);
  const next = conversation ?? "";
  if (next === place) return;
  const draft = drafts[place];
  if (!sent) {
    place = next;
    return restore();
  }
  keep(null); // the message began a conversation: what was written since belongs to it
  place = next;
  keep(draft);
});

function begin(tries) {
  if (document.querySelector("#trio-box textarea")) restore();
  else if (tries) setTimeout(() => begin(tries - 1), 100);
}
if (drafts[place]) begin(50);
