// Reads QR codes from the phone's camera, where the browser can.
const EVERY_MS = 150;

/** Show the camera in `video` and tell `found` every text read; returns what stops it (`works`: whether it began). */
export async function camera(video, found) {
  const stop = () => {};
  stop.works = false;
  if (!("BarcodeDetector" in globalThis) || !navigator.mediaDevices?.getUserMedia) return stop;
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch {
    return stop;
  }
  const detector = new globalThis.BarcodeDetector({ formats: ["qr_code"] });
  video.srcObject = stream;
  await video.play();
  const timer = setInterval(async () => {
    for (const code of await detector.detect(video).catch(() => [])) await found(code.rawValue);
  }, EVERY_MS);
  const end = () => {
    clearInterval(timer);
    stream.getTracks().forEach((track) => track.stop());
  };
  end.works = true;
  return end;
}
