// What the overlay shows. It knows nothing of sound and sockets.

const ICONS = {
  mute: '<rect x="9" y="3" width="6" height="11" rx="3"/><path d="M5 11a7 7 0 0 0 14 0M12 18v3"/>',
  unmute: '<path d="M9 6a3 3 0 0 1 6 0v5m-1.5 2.6A3 3 0 0 1 9 11V9M5 11a7 7 0 0 0 11 5.7M19 11v1M12 18v3M4 3l16 18"/>',
  push: '<path d="M8 12V6.5a1.5 1.5 0 0 1 3 0V11m0-1a1.5 1.5 0 0 1 3 0v1m0 0a1.5 1.5 0 0 1 3 0v3.5a6 6 0 0 1-6 6c-3 0-4-1.5-6-5.5-.6-1.3.9-2.4 2-1.3l1 1.2"/>',
  interrupt: '<rect x="6" y="6" width="12" height="12" rx="2"/>',
  end: '<path d="M3 14c4.5-5.5 13.5-5.5 18 0l-2.5 2.5-3.5-2v-2.5a10 10 0 0 0-6 0v2.5l-3.5 2z"/>',
};

const svg = (name) =>
  '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" ' +
  `stroke-linejoin="round" aria-hidden="true">${ICONS[name]}</svg>`;
const button = (name, icon = name) =>
  `<button type="button" data-do="${name}">${svg(icon)}<span data-word="${name}"></span></button>`;

const MARKUP = `
  <h2 id="trio-call-title" data-word="title"></h2>
  <div class="trio-call-stage">
    <div class="trio-call-orb" aria-hidden="true"><i></i><i></i><i></i></div>
    <p class="trio-call-state" role="status"></p>
    <p class="trio-call-hint"></p>
    <div class="trio-call-meter" role="meter" aria-valuemin="0" aria-valuemax="100" aria-valuenow="0"><span></span></div>
  </div>
  <div class="trio-call-words" tabindex="-1">
    <section class="trio-call-you" hidden>
      <h3 data-word="you"></h3><p dir="auto"></p><ul class="trio-call-chips"></ul>
    </section>
    <section class="trio-call-trio" hidden>
      <h3 data-word="trio"></h3><p dir="auto" aria-live="polite"></p><small role="status"></small>
    </section>
  </div>
  <div class="trio-call-trouble" role="alert" hidden>
    <h3></h3><p></p><button type="button" data-do="retry"><span data-word="retry"></span></button>
  </div>
  <button type="button" class="trio-call-talk" data-do="talk" hidden>${svg("mute")}<span data-word="talk"></span></button>
  <div class="trio-call-buttons">
    ${button("mute")}${button("push")}${button("interrupt")}${button("end")}
  </div>`;

export class View {
  constructor(words) {
    this.words = words;
    this.dialog = document.createElement("dialog");
    this.dialog.className = "trio-call";
    this.dialog.setAttribute("aria-labelledby", "trio-call-title");
    this.dialog.innerHTML = MARKUP;
    this.find = (selector) => this.dialog.querySelector(selector);
    this.state = "connecting";
    this.problem = null;
    this.hint = null;
    this.muted = this.pushing = false;
    this.render();
  }

  show() {
    document.body.append(this.dialog);
    this.dialog.showModal();
    this.find("[data-do=mute]").focus();
  }

  remove() {
    this.dialog.close();
    this.dialog.remove();
  }

  speak(words) {
    this.words = words;
    this.render();
  }

  set(changes) {
    Object.assign(this, changes);
    this.render();
  }

  render() {
    const { words, state, muted, pushing, dialog } = this;
    for (const element of dialog.querySelectorAll("[data-word]")) element.textContent = words[element.dataset.word];
    const shown = this.problem ? "trouble" : state === "idle" && muted ? "muted" : state;
    if (dialog.dataset.state !== shown) {
      dialog.dataset.state = shown;
      dialog.dispatchEvent(new CustomEvent("trio-call-state", { bubbles: true, detail: { state: shown } }));
    }
    put(this.find(".trio-call-state"), words[shown]);
    put(this.find(".trio-call-hint"), this.problem ? "" : this.hintText(shown));
    this.find(".trio-call-meter").setAttribute("aria-label", words.level);
    this.find(".trio-call-chips").setAttribute("aria-label", words.understood);
    this.renderButtons();
    this.renderTrouble();
  }

  hintText(shown) {
    if (this.hint) return this.words[this.hint];
    if (this.pushing && shown !== "muted" && shown !== "connecting") return this.words.hint_push;
    return this.words[`hint_${shown}`] ?? "";
  }

  renderButtons() {
    const { words, muted, pushing, state } = this;
    const mute = this.find("[data-do=mute]");
    mute.setAttribute("aria-pressed", muted);
    put(mute.querySelector("span"), muted ? words.unmute : words.mute);
    mute.querySelector("svg").outerHTML = svg(muted ? "unmute" : "mute");
    const push = this.find("[data-do=push]");
    push.setAttribute("aria-pressed", pushing);
    this.find("[data-do=interrupt]").disabled = state !== "thinking" && state !== "speaking";
    const talk = this.find(".trio-call-talk");
    talk.hidden = !pushing || Boolean(this.problem);
    talk.disabled = muted;
    for (const name of ["mute", "push", "interrupt"]) this.find(`[data-do=${name}]`).hidden = Boolean(this.problem);
    put(this.find("[data-do=end] span"), this.problem ? words.close : words.end);
  }

  renderTrouble() {
    const box = this.find(".trio-call-trouble");
    box.hidden = !this.problem;
    if (!this.problem) return;
    put(box.querySelector("h3"), this.words[`${this.problem.kind}_title`] ?? this.words.trouble);
    const body = this.problem.text ?? this.words[this.problem.body ?? `${this.problem.kind}_body`] ?? "";
    put(box.querySelector("p"), body.replace("{port}", location.port || "7860"));
  }

  // `level`: 0 to 1, as the ear hears it.
  level(level) {
    this.dialog.style.setProperty("--level", level.toFixed(3));
    this.find(".trio-call-meter").setAttribute("aria-valuenow", Math.round(level * 100));
  }

  heard(text, { partial }) {
    const section = this.find(".trio-call-you");
    section.hidden = !text;
    section.classList.toggle("trio-call-partial", partial);
    put(section.querySelector("p"), text);
    section.querySelector("ul").replaceChildren(); // they come after the words they belong to
    this.scroll();
  }

  chip({ kind, label, confidence }) {
    const item = document.createElement("li");
    const share = confidence >= 0.995 ? 99 : Math.round(confidence * 100);
    item.textContent = `${this.words[`kind_${kind}`] ?? kind}: ${this.words[`label_${label}`] ?? label} ${share} %`;
    this.find(".trio-call-chips").append(item);
  }

  reply(text, note = "") {
    const section = this.find(".trio-call-trio");
    section.hidden = !text && !note;
    put(section.querySelector("p"), text);
    put(section.querySelector("small"), note);
    this.scroll();
  }

  scroll() {
    const box = this.find(".trio-call-words");
    box.scrollTop = box.scrollHeight;
  }
}

// Leaves equal text alone: a screen reader reads what changes.
function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
