// Plays the pieces of a reply without gaps, and forgets them at once when told to.

const LEAD = 0.05;
const FADE = 0.012;
const DUCKED = 0.2;
const REPORT_MS = 200;

export class Player {
  // `onPlayed(turn, seconds)`: how much of a turn's sound has been played so far.
  constructor(context, onPlayed) {
    this.context = context;
    this.onPlayed = onPlayed;
    this.dropped = 0; // sound of this turn and older ones comes too late
    this.pieces = [];
    this.endsAt = 0;
    this.output = this.newOutput();
    this.timer = setInterval(() => this.report(), REPORT_MS);
  }

  newOutput() {
    const gain = new GainNode(this.context);
    gain.connect(this.context.destination);
    return gain;
  }

  get playing() {
    return this.pieces.some((piece) => piece.end > this.context.currentTime);
  }

  // `frame`: turn and sample rate as little-endian uint32, then 16-bit PCM.
  add(frame) {
    const header = new DataView(frame, 0, 8);
    const turn = header.getUint32(0, true);
    if (turn <= this.dropped) return;
    if (this.pieces.length && this.pieces[0].turn !== turn) this.pieces = [];
    const pcm = new Int16Array(frame, 8);
    const buffer = new AudioBuffer({ length: pcm.length, sampleRate: header.getUint32(4, true) });
    buffer.copyToChannel(Float32Array.from(pcm, (sample) => sample / 32768), 0);
    const source = new AudioBufferSourceNode(this.context, { buffer });
    source.connect(this.output);
    const start = Math.max(this.context.currentTime + LEAD, this.endsAt);
    this.endsAt = start + buffer.duration;
    this.pieces.push({ turn, source, start, end: this.endsAt });
    source.onended = () => this.report();
    source.start(start);
  }

  seconds() {
    const now = this.context.currentTime;
    return this.pieces.reduce((sum, { start, end }) => sum + Math.max(0, Math.min(now, end) - start), 0);
  }

  report() {
    if (!this.pieces.length) return;
    this.onPlayed(this.pieces[0].turn, this.seconds());
  }

  // Forgets a turn's sound, played or not.
  drop(turn) {
    this.dropped = Math.max(this.dropped, turn);
    const now = this.context.currentTime;
    this.output.gain.cancelScheduledValues(now);
    this.output.gain.setTargetAtTime(0, now, FADE / 3);
    for (const { source } of this.pieces) {
      source.onended = null;
      source.stop(now + FADE);
    }
    this.pieces = [];
    this.endsAt = 0;
    this.output = this.newOutput();
  }

  // Lowers the voice while somebody may be speaking over it; whether it stops is the server's to say.
  duck(on) {
    this.output.gain.setTargetAtTime(on ? DUCKED : 1, this.context.currentTime, on ? 0.01 : 0.08);
  }

  close() {
    clearInterval(this.timer);
    this.drop(this.dropped);
  }
}
