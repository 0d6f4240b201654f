// Files from anywhere on the page end in the message box: dropped, pasted, or taken with the camera.
const overlay = element.querySelector(".trio-drop");
const camera = element.querySelector(".trio-camera");
const video = camera.querySelector("video");
const still = camera.querySelector("canvas");
const say = camera.querySelector("[role='status']");
let stream = null;
let depth = 0;
let giving = false;

const word = (name) => document.documentElement.trioWords?.[name] ?? "";
const button = (name) => camera.querySelector(`[data-camera='${name}']`);

function give(files) {
  giving = true;
  const target = document.querySelector("#trio-box [role='group']");
  const transfer = new DataTransfer();
  for (const file of files) transfer.items.add(file);
  for (const kind of ["dragenter", "dragover", "drop"])
    target.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: transfer }));
  giving = false;
  document.querySelector("#trio-box textarea")?.focus();
}

const holdsFiles = (event) => !giving && [...(event.dataTransfer?.types ?? [])].includes("Files");
const inBox = (event) => event.target.closest?.("#trio-box");

function cover(visible) {
  if (!visible) depth = 0;
  overlay.hidden = !visible;
}

document.addEventListener("dragenter", (event) => {
  if (!holdsFiles(event)) return;
  depth += 1;
  cover(true);
});
document.addEventListener("dragleave", (event) => {
  if (holdsFiles(event) && (depth -= 1) <= 0) cover(false);
});
document.addEventListener("dragover", (event) => { if (holdsFiles(event)) event.preventDefault(); });
document.addEventListener("drop", (event) => {
  cover(false);
  if (!holdsFiles(event) || inBox(event)) return;
  event.preventDefault();
  give(event.dataTransfer.files);
});
document.addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  if (!files.length || inBox(event) || event.target.closest?.("dialog")) return;
  event.preventDefault();
  give(files);
});

function stopCamera() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = video.srcObject = null;
}

function stage(name) {
  camera.dataset.stage = name;
  video.hidden = name !== "live";
  still.hidden = name !== "taken";
  button("take").hidden = name !== "live";
  for (const each of ["again", "use"]) button(each).hidden = name !== "taken";
}

async function startCamera() {
  stage("waiting");
  say.textContent = word("camera_waiting");
  try {
    const constraints = { video: { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1080 } } };
    const found = await navigator.mediaDevices.getUserMedia(constraints);
    if (!camera.open) return found.getTracks().forEach((track) => track.stop());
    stream = video.srcObject = found;
    await video.play();
    say.textContent = "";
    stage("live");
    button("take").focus();
  } catch (error) {
    const reasons = { NotAllowedError: "camera_denied", NotFoundError: "camera_none", TypeError: "camera_none" };
    say.textContent = word(reasons[error.name] ?? "camera_busy");
  }
}

function take() {
  still.width = video.videoWidth;
  still.height = video.videoHeight;
  still.getContext("2d").drawImage(video, 0, 0);
  stopCamera();
  stage("taken");
  button("use").focus();
}

function use() {
  still.toBlob((blob) => {
    const name = `camera-${new Date().toISOString().slice(0, 19).replace(/[:T]/g, "-")}.jpg`;
    camera.close();
    give([new File([blob], name, { type: "image/jpeg" })]);
  }, "image/jpeg", 0.92);
}

const actions = { take, use, again: startCamera, cancel: () => camera.close() };
camera.addEventListener("click", (event) => actions[event.target.closest("[data-camera]")?.dataset.camera]?.());
camera.addEventListener("close", stopCamera);
document.addEventListener("trio-camera", () => {
  if (camera.open) return;
  camera.showModal();
  startCamera();
});
