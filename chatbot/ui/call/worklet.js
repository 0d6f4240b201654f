// The microphone's sound at 16 kHz, in frames of 512 samples as 16-bit PCM, each with its level (RMS, 0 to 1).
// A Hann-windowed sinc filter keeps what 16 kHz cannot hold from folding back into the speech.
const RATE = 16000;
const FRAME = 512;
const CROSSINGS = 16;
const PHASES = 64;
const PASS = 0.94;

function filters(step) {
  const cutoff = Math.min(1, 1 / step) * PASS;
  const half = Math.ceil(CROSSINGS / cutoff);
  const table = [];
  for (let phase = 0; phase <= PHASES; phase++) {
    const taps = new Float32Array(2 * half);
    let sum = 0;
    for (let k = 0; k < 2 * half; k++) {
      const x = k - half + 1 - phase / PHASES;
      const wave = x === 0 ? 1 : Math.sin(Math.PI * cutoff * x) / (Math.PI * cutoff * x);
      taps[k] = Math.abs(x) < half ? wave * (0.5 + 0.5 * Math.cos((Math.PI * x) / half)) : 0;
      sum += taps[k];
    }
    table.push(taps.map((tap) => tap / sum));
  }
  return { half, table };
}

class TrioMicrophone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.step = sampleRate / RATE;
    Object.assign(this, filters(this.step));
    this.sound = new Float32Array(this.half);
    this.position = this.half - 1;
    this.frame = new Int16Array(FRAME);
    this.filled = 0;
    this.energy = 0;
  }

  process([channels]) {
    if (!channels?.length) return true;
    const block = new Float32Array(channels[0].length);
    for (const channel of channels) for (let i = 0; i < block.length; i++) block[i] += channel[i] / channels.length;
    const sound = new Float32Array(this.sound.length + block.length);
    sound.set(this.sound);
    sound.set(block, this.sound.length);
    for (; this.position + this.half < sound.length; this.position += this.step) this.put(this.at(sound));
    const used = Math.max(0, Math.floor(this.position) - this.half + 1);
    this.sound = sound.slice(used);
    this.position -= used;
    return true;
  }

  at(sound) {
    const whole = Math.floor(this.position);
    const taps = this.table[Math.round((this.position - whole) * PHASES)];
    let sum = 0;
    for (let k = 0; k < taps.length; k++) sum += taps[k] * sound[whole - this.half + 1 + k];
    return sum;
  }

  put(sample) {
    this.energy += sample * sample;
    this.frame[this.filled++] = Math.round(Math.max(-1, Math.min(1, sample)) * 32767);
    if (this.filled < FRAME) return;
    const pcm = this.frame.buffer;
    this.port.postMessage({ pcm, level: Math.sqrt(this.energy / FRAME) }, [pcm]);
    this.frame = new Int16Array(FRAME);
    this.filled = this.energy = 0;
  }
}

registerProcessor("trio-microphone", TrioMicrophone);
