// The phone's camera for the field app: the scanner that all pages share, or nothing where there is no camera.
import { startCamera } from "../scan.js";

/** Show the camera in `video` and tell `found` every text read; returns what stops it (`works`: whether it began). */
export async function camera(video, found) {
  const stop = () => {};
  stop.works = false;
  try {
    const end = await startCamera(video, found);
    const ending = () => end();
    ending.works = true;
    return ending;
  } catch {
    return stop;
  }
}
