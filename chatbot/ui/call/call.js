// A call, from the button to the last word: microphone, socket, loudspeaker and view put together.

import { Line } from "./line.js";
import { Microphone, Trouble, browserName } from "./microphone.js";
import { Player } from "./player.js";
import { View } from "./view.js";

const DUCK_FRAMES = 2;
const DUCK_MS = 400;
const LOUD = 0.02;
const ABOVE_NOISE = 4;

class Call {
  constructor(value, onEnd) {
    this.value = value;
    this.onEnd = onEnd;
    this.view = new View(value.words);
    this.held = false;
    this.listenToPerson();
    this.view.show();
    this.connect();
  }

  async connect() {
    this.turn = 0;
    this.text = "";
    this.reason = undefined;
    this.noise = LOUD;
    this.loudFrames = 0;
    this.view.set({ problem: null, hint: null, state: "connecting" });
    try {
      this.context = new AudioContext({ latencyHint: "interactive" });
      const opening = Microphone.open(this.context, (frame) => this.onFrame(frame), () => this.fail("missing"));
      this.microphone = await opening;
      if (this.over) return this.hangUp();
      await this.context.resume();
      this.player = new Player(this.context, (turn, seconds) => this.line?.say("played", { turn, seconds }));
      this.line = new Line({
        message: (message) => this.onMessage(message),
        sound: (frame) => this.player?.add(frame),
        closed: (reason) => this.onClosed(reason),
      });
      await this.line.opened();
      const { conversation, speed, voices, hot_words } = this.value;
      this.line.say("start", { conversation, speed, voices, hot_words, push: this.view.pushing, language: document.documentElement.lang.slice(0, 2) });
      if (this.view.muted) this.line.say("mute", { on: true });
    } catch (error) {
      if (!(error instanceof Trouble)) console.error(error);
      this.fail(error instanceof Trouble ? error.kind : "old");
    }
  }

  // The microphone

  onFrame({ pcm, level }) {
    if (this.view.muted) return this.view.level(0);
    const decibels = 20 * Math.log10(Math.max(level, 1e-5));
    this.view.level(Math.max(0, Math.min(1, (decibels + 60) / 50)));
    this.duckIfLoud(level);
    if (!this.view.pushing || this.held) this.line?.send(pcm);
  }

  duckIfLoud(level) {
    const playing = Boolean(this.player?.playing);
    this.loudFrames = playing && level > Math.max(LOUD, this.noise * ABOVE_NOISE) ? this.loudFrames + 1 : 0;
    if (!playing) this.noise += (level - this.noise) * (level < this.noise ? 0.3 : 0.005);
    if (this.loudFrames < DUCK_FRAMES) return;
    this.player.duck(true);
    clearTimeout(this.duckTimer);
    this.duckTimer = setTimeout(() => this.player?.duck(false), DUCK_MS);
  }

  // The server

  onMessage(message) {
    const { view } = this;
    switch (message.type) {
      case "state":
        view.set({ state: message.state, hint: message.state === "listening" || message.state === "idle" ? view.hint : null });
        break;
      case "partial":
        view.heard(message.text, { partial: true });
        break;
      case "transcript":
        this.turn = message.turn;
        this.text = "";
        view.heard(message.text, { partial: false });
        view.reply("");
        break;
      case "understood":
        view.chip(message);
        break;
      case "text":
        this.text += message.text;
        view.reply(this.text);
        break;
      case "done":
        view.reply(message.text, message.note ?? "");
        break;
      case "drop":
        this.player?.drop(message.turn);
        if (this.text) view.reply(message.heard ? `${message.heard} …` : "", view.words.stopped);
        break;
      case "taken_back":
        this.text = "";
        view.reply("");
        break;
      case "nothing":
        view.heard("", { partial: false });
        view.set({ hint: "hint_nothing" });
        break;
      case "failed":
        view.reply(this.text, message.message);
        break;
      case "unsaved":
        view.reply(this.text, message.message);
        break;
      case "error":
        if (message.fatal) this.reason = message.message;
        else console.warn(message.message);
        break;
    }
  }

  onClosed(reason) {
    if (this.over) return;
    if (reason === "ended") this.end();
    else this.fail(reason, this.reason);
  }

  fail(kind, text) {
    if (this.over) return;
    this.release();
    const body = kind === "denied" ? `denied_${browserName()}` : undefined;
    this.view.set({ problem: { kind, body, text }, state: "idle" });
    this.view.level(0);
    this.view.find("[data-do=retry]").focus();
  }

  // The person

  listenToPerson() {
    const { dialog } = this.view;
    dialog.addEventListener("cancel", (event) => { event.preventDefault(); this.end(); });
    dialog.addEventListener("click", (event) => this.press(event.target.closest("[data-do]")?.dataset.do));
    dialog.addEventListener("keydown", (event) => this.onKey(event, true));
    dialog.addEventListener("keyup", (event) => this.onKey(event, false));
    const talk = this.view.find("[data-do=talk]");
    talk.addEventListener("pointerdown", (event) => { talk.setPointerCapture(event.pointerId); this.hold(true); });
    for (const kind of ["pointerup", "pointercancel", "lostpointercapture"]) talk.addEventListener(kind, () => this.hold(false));
    this.letGo = () => this.hold(false);
    window.addEventListener("blur", this.letGo);
  }

  press(name) {
    const { view } = this;
    switch (name) {
      case "mute":
        view.set({ muted: !view.muted, hint: null });
        this.held = false;
        this.line?.say("mute", { on: view.muted });
        break;
      case "push":
        view.set({ pushing: !view.pushing, hint: null });
        this.held = false;
        this.line?.say("push", { on: view.pushing });
        if (view.pushing) view.find("[data-do=talk]").focus();
        break;
      case "interrupt":
        this.line?.say("interrupt");
        break;
      case "retry":
        this.connect();
        break;
      case "end":
        this.end();
        break;
    }
  }

  onKey(event, down) {
    const on = event.target.closest?.("[data-do]")?.dataset.do;
    if (event.code !== "Space" || !this.view.pushing || (on && on !== "talk")) return;
    event.preventDefault();
    if (!event.repeat) this.hold(down);
  }

  hold(down) {
    if (down === this.held || (down && (this.view.muted || !this.view.pushing))) return;
    this.held = down;
    this.view.find("[data-do=talk]").classList.toggle("trio-call-held", down);
    this.line?.say(down ? "press" : "release");
  }

  // The end

  release() {
    clearTimeout(this.duckTimer);
    this.line?.close();
    this.player?.close();
    this.hangUp();
    this.line = this.player = null;
  }

  hangUp() {
    this.microphone?.close();
    this.context?.close().catch(() => {});
    this.microphone = this.context = null;
  }

  end() {
    if (this.over) return;
    this.over = true;
    this.release();
    window.removeEventListener("blur", this.letGo);
    this.view.remove();
    this.onEnd();
  }
}

let panel = null;
let call = null;

// Takes the panel's value ({words, language, conversation, speed, voices, hot_words}) now and whenever it changes.
export function install(value, { onEnd }) {
  if (!panel) {
    addStyle();
    document.addEventListener("click", (event) => {
      if (!event.target.closest?.("#trio-call") || call) return;
      document.dispatchEvent(new CustomEvent("trio-hush"));
      call = new Call(panel.value, () => { call = null; panel.onEnd(); });
    });
  }
  panel = { value, onEnd };
  if (call) {
    call.value = value;
    call.view.speak(value.words);
  }
}

function addStyle() {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = new URL("call.css", import.meta.url);
  document.head.append(link);
}
