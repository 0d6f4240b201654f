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

function renameAll(within) {
  if (within.nodeType !== Node.ELEMENT_NODE) return;
  rename(within);
  for (const part of within.querySelectorAll("[aria-label], [title]")) rename(part);
}

new MutationObserver((changes) => {
  for (const change of changes) {
    if (change.type === "attributes") rename(change.target);
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
  localStorage.setItem("trio-locale", words.locale);
  if (changed) tellGradio(words.locale);
  renameAll(document.body);
  document.dispatchEvent(new CustomEvent("trio-words"));
}

watch("value", apply);
apply();
