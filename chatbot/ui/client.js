// The document's language, the words that only the browser shows, and Gradio's own words.
// The value is {locale, gradio, ...words}; `gradio` maps Gradio's fixed English names to the page's language.
const root = document.documentElement;
let words = {};
let patterns = [];

// Gradio takes its language from the browser when it starts; later its own function changes it.
async function tellGradio(locale) {
  const core = performance.getEntriesByType("resource").find((entry) => /\/core-[^/]*\.js$/.test(entry.name));
  try {
    (await import(core.name)).changeLocale(locale);
  } catch (error) {
    console.warn("Gradio's own words change with the next visit", error);
  }
}

// Some of Gradio's names are English in every language: they are replaced as they appear.
const NAMES = ["aria-label", "title"];
const originals = new WeakMap();

// `*` in an English name stands for any text; those texts take the places of `*` in the translation.
function translated(english) {
  for (const [pattern, says] of patterns) {
    const match = pattern.exec(english);
    if (match) return says.split("*").reduce((text, rest, i) => text + (match[i] ?? "") + rest);
  }
  return english;
}

function patternOf(name) {
  const parts = name.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("([^]*)")}$`);
}

function rename(part) {
  for (const name of NAMES) {
    const now = part.getAttribute(name);
    if (!now) continue;
    const kept = originals.get(part) ?? {};
    const english = kept[name]?.shown === now ? kept[name].english : now;
    const shown = translated(english);
    kept[name] = { english, shown };
    originals.set(part, kept);
    if (shown !== now) part.setAttribute(name, shown);
  }
}

// Parts of ours say which word they show (data-words) or are called by (data-label).
function fill(part) {
  const { words: text, label } = part.dataset;
  if (text && part.textContent !== words[text]) part.textContent = words[text] ?? "";
  if (label) part.setAttribute("aria-label", words[label] ?? "");
  if (label && part.matches("button")) part.title = words[label] ?? "";
}

// What Gradio's markup lacks for screen readers: roles for what has a name, and a name for each picture.
function mend(within) {
  const all = (selector) => [...(within.matches(selector) ? [within] : []), ...within.querySelectorAll(selector)];
  for (const part of all("#trio-chat [data-testid='user'], #trio-chat [data-testid='bot']")) part.setAttribute("role", "group");
  for (const part of all("#trio-box .thumbnail-wrapper")) part.setAttribute("role", "group");
  for (const part of all("#trio-chat .bot .prose :is(p, ul, ol, h1, h2, h3, h4, h5, h6, blockquote, table)")) part.dir = "auto";
  for (const part of all("#trio-search :is(input, textarea)")) part.setAttribute("aria-keyshortcuts", "Control+K Meta+K");
  for (const part of all("#trio-chat .image-container > button")) part.dataset.label = "enlarge";
}

// Gradio's notices come in English too, as text.
function retell(within) {
  for (const part of within.querySelectorAll(".toast-title, .toast-text")) {
    const english = part.textContent.trim(), shown = translated(english);
    if (shown !== english) part.textContent = shown;
  }
}

function renameAll(within) {
  if (within.nodeType !== Node.ELEMENT_NODE) return;
  mend(within);
  retell(within);
  for (const part of [within, ...within.querySelectorAll("[aria-label], [title], [data-words], [data-label]")]) {
    if (part.dataset?.words || part.dataset?.label) fill(part);
    else rename(part);
  }
}

new MutationObserver((changes) => {
  for (const change of changes) {
    if (change.type === "attributes" && !change.target.dataset?.label) rename(change.target);
    for (const part of change.addedNodes) renameAll(part);
  }
}).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: NAMES });

function apply() {
  if (!props.value?.locale) return;
  const changed = props.value.locale !== words.locale;
  words = props.value;
  patterns = Object.entries(words.gradio).map(([name, says]) => [patternOf(name), says]);
  root.lang = words.locale;
  root.trioWords = words;
  if (changed) tellGradio(words.locale);
  renameAll(document.body);
  document.dispatchEvent(new CustomEvent("trio-words"));
  document.dispatchEvent(new CustomEvent("trio-theme", { detail: words.theme }));
}

watch("value", apply);
apply();
