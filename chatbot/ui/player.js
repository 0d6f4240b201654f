// Plays the sentences of a reply one after another while the next are still being made.
// The value is {turn, chunks}: all the sentences so far, each a WAV file in base64. `turn` changes with
// each reply. Sentences are scheduled on the audio clock, so that they join without gaps.
let context = null;
let turn = null;
let queued = 0;
let endsAt = 0;
let sources = [];
let schedule = [];
let hushed = null;
let chain = Promise.resolve();

function audioContext() {
  if (!context) context = new AudioContext();
  if (context.state === "suspended") context.resume().catch(() => {});
  return context;
}

function show() {
  const bar = element.querySelector(".trio-player");
  if (!bar) return;
  const playing = sources.length > 0;
  bar.dataset.state = playing ? "playing" : "idle";
  bar.hidden = !playing;
  element.dataset.state = playing ? "playing" : "idle";
  element.dataset.turn = turn ?? "";
  element.dataset.schedule = JSON.stringify(schedule);
}

function silence() {
  const running = sources;
  sources = [];
  for (const source of running) {
    source.onended = null;
    try { source.stop(); } catch (error) { /* it had ended already */ }
  }
  const now = context ? context.currentTime : 0;
  schedule = schedule.map(([start, end]) => [start, Math.min(end, Math.max(start, now))]);
  endsAt = 0;
  show();
}

function bytes(base64) {
  const text = atob(base64);
  const data = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) data[i] = text.charCodeAt(i);
  return data.buffer;
}

async function play(chunk, of) {
  const ctx = audioContext();
  const buffer = await ctx.decodeAudioData(bytes(chunk));
  if (of !== turn || of === hushed) return;
  quieten(); // one voice at a time
  const source = ctx.createBufferSource();
  source.buffer = buffer;
  source.connect(ctx.destination);
  const start = Math.max(ctx.currentTime + 0.03, endsAt);
  endsAt = start + buffer.duration;
  source.onended = () => { sources = sources.filter((s) => s !== source); show(); };
  sources.push(source);
  schedule.push([start, endsAt]);
  source.start(start);
  show();
}

function update() {
  const value = props.value;
  if (!value || value.turn === undefined) return;
  if (value.turn !== turn) {
    silence();
    turn = value.turn;
    queued = 0;
    schedule = [];
    show();
  }
  if (turn === hushed) return;
  for (; queued < value.chunks.length; queued++) {
    const chunk = value.chunks[queued];
    const of = turn;
    chain = chain.then(() => play(chunk, of)).catch((error) => console.warn("The voice cannot be played", error));
  }
}

function hush() {
  hushed = turn;
  silence();
}

// Browsers let a page make sound only after the person has touched it.
for (const kind of ["pointerdown", "keydown"]) {
  document.addEventListener(kind, audioContext, { capture: true, passive: true });
}
document.addEventListener("trio-hush", hush);
// Recording, or playing something by hand, takes over from the running voice.
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-testid='microphone-button'], .play-btn")) hush();
}, true);
function quieten(except) {
  for (const other of document.querySelectorAll("audio")) if (other !== except) other.pause();
}
document.addEventListener("play", (event) => {
  if (!event.target.matches?.("audio")) return;
  keepPace();
  hush();
  quieten(event.target);
}, true);
document.addEventListener("trio-call-state", () => { hush(); quieten(); });
element.addEventListener("click", (event) => { if (event.target.closest("button")) hush(); });
// The speed that was chosen last is that of every kept voice.
const SPEED = "trio-playback-speed";
function keepPace() {
  const speed = localStorage.getItem(SPEED);
  if (!speed) return;
  for (const select of document.querySelectorAll("select.trio-speed")) select.value = speed;
  for (const audio of document.querySelectorAll("audio.trio-spoken")) audio.playbackRate = Number(speed);
}
document.addEventListener("change", (event) => {
  if (!event.target.matches?.("select.trio-speed")) return;
  localStorage.setItem(SPEED, event.target.value);
  keepPace();
});
element.trioClock = () => (context ? context.currentTime : 0);
watch("value", update);
show();
