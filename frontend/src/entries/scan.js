// The scan page: the camera or a picture fills the code in and sends the form. Without it the code is typed.
import { readPicture, startCamera } from "../scan.js";

const box = document.querySelector("[data-scan]");

if (box) {
  const form = box.closest("form");
  const code = form.querySelector("[data-scan-code], input[name=code]");
  const video = box.querySelector("video");
  const start = box.querySelector("[data-scan-start]");
  const picture = box.querySelector("input[type=file]");
  const said = box.querySelector("[data-scan-said]");
  let stop = null;

  const say = (words) => {
    said.textContent = words;
    said.hidden = !words;
  };
  const send = (text) => {
    code.value = text;
    if (stop) stop();
    form.requestSubmit();
  };
  const close = () => {
    stop();
    stop = null;
    video.hidden = true;
    start.textContent = box.dataset.open;
  };
  const open = async () => {
    say("");
    video.hidden = false;
    start.textContent = box.dataset.close;
    try {
      stop = await startCamera(video, send);
    } catch (error) {
      video.hidden = true;
      start.textContent = box.dataset.open;
      say(error.name === "NotAllowedError" ? box.dataset.refused : box.dataset.none);
    }
  };

  box.hidden = false;
  start.addEventListener("click", () => (stop ? close() : open()));
  picture.addEventListener("change", async () => {
    if (!picture.files.length) return;
    const text = await readPicture(picture.files[0]).catch(() => null);
    if (text) send(text);
    else say(box.dataset.unread);
  });
}
