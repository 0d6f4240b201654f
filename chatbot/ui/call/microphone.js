// Opens the microphone, or says why it cannot be opened.

const KINDS = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "taken",
  AbortError: "taken",
};

// `kind`: insecure, old, denied, missing or taken.
export class Trouble extends Error {
  constructor(kind, cause) {
    super(kind, { cause });
    this.kind = kind;
  }
}

export class Microphone {
  constructor(stream, nodes) {
    this.stream = stream;
    this.nodes = nodes;
  }

  // `onFrame` takes {pcm: ArrayBuffer, level}, 31 times a second; `onLost` is called when the device goes away.
  static async open(context, onFrame, onLost) {
    if (!window.isSecureContext) throw new Trouble("insecure");
    if (!navigator.mediaDevices?.getUserMedia || !window.AudioWorkletNode) throw new Trouble("old");
    const stream = await askForIt();
    try {
      await context.audioWorklet.addModule(new URL("worklet.js", import.meta.url));
    } catch (error) {
      stream.getTracks().forEach((track) => track.stop());
      throw new Trouble("old", error);
    }
    const source = context.createMediaStreamSource(stream);
    const worklet = new AudioWorkletNode(context, "trio-microphone", { numberOfInputs: 1, numberOfOutputs: 1 });
    const silent = new GainNode(context, { gain: 0 }); // a node that leads nowhere is not run by every browser
    source.connect(worklet).connect(silent).connect(context.destination);
    worklet.port.onmessage = ({ data }) => onFrame(data);
    stream.getAudioTracks()[0].addEventListener("ended", onLost);
    return new Microphone(stream, [source, worklet, silent]);
  }

  // The device's own light goes out with the last track.
  close() {
    this.nodes[1].port.onmessage = null;
    for (const node of this.nodes) node.disconnect();
    for (const track of this.stream.getTracks()) track.stop();
  }
}

async function askForIt() {
  // Automatic gain lifts the room's noise in every pause and is late for the first word: speech is missed.
  const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: false, channelCount: 1 };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio });
  } catch (error) {
    throw new Trouble(KINDS[error.name] ?? "taken", error);
  }
}

// Which browser's words help somebody who has refused the microphone.
export function browserName(agent = navigator.userAgent) {
  if (/Mobi|Android|iPhone|iPad/.test(agent)) return "mobile";
  if (/Edg\//.test(agent)) return "edge";
  if (/Firefox\//.test(agent)) return "firefox";
  if (/Chrome\//.test(agent)) return "chrome";
  return /Safari\//.test(agent) ? "safari" : "other";
}
