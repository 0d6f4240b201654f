// The WebSocket of a call.

const FULL = 256 * 1024;
export const REASONS = { 4401: "sign_in", 4403: "origin", 4429: "busy" };

export class Line {
  // Handlers: message(json), sound(ArrayBuffer), closed(reason): "ended" or a key of the words.
  constructor(handlers) {
    const url = new URL("call", document.baseURI);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    this.socket = new WebSocket(url);
    this.socket.binaryType = "arraybuffer";
    this.socket.onmessage = ({ data }) => {
      if (typeof data === "string") handlers.message(JSON.parse(data));
      else handlers.sound(data);
    };
    this.socket.onclose = ({ code }) => handlers.closed(code === 1000 ? "ended" : REASONS[code] ?? "lost");
  }

  opened() {
    return new Promise((resolve) => {
      if (this.socket.readyState === WebSocket.OPEN) resolve();
      else this.socket.addEventListener("open", resolve, { once: true });
    });
  }

  get open() {
    return this.socket.readyState === WebSocket.OPEN;
  }

  say(type, fields = {}) {
    if (this.open) this.socket.send(JSON.stringify({ type, ...fields }));
  }

  // Sound that a stalled network does not take is left out: late, it would be of no use.
  send(pcm) {
    if (this.open && this.socket.bufferedAmount < FULL) this.socket.send(pcm);
  }

  close() {
    this.socket.onclose = this.socket.onmessage = null;
    this.say("end");
    this.socket.close(1000);
  }
}
