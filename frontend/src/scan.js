// Reads QR codes from the camera or from a picture: by the browser's own detector where there is one, else in JavaScript.
import {
  BinaryBitmap,
  DecodeHintType,
  HybridBinarizer,
  QRCodeReader,
  RGBLuminanceSource,
} from "@zxing/library";

const WIDEST = 1600; // a larger picture is read no better, only slower
const hints = new Map([[DecodeHintType.TRY_HARDER, true]]);

const detector = async () => {
  if (!("BarcodeDetector" in window)) return null;
  try {
    const kinds = await window.BarcodeDetector.getSupportedFormats();
    return kinds.includes("qr_code") ? new window.BarcodeDetector({ formats: ["qr_code"] }) : null;
  } catch {
    return null;
  }
};

// The text of a QR code in pixels (ImageData); null when there is none.
export const readPixels = ({ data, width, height }) => {
  const grey = new Uint8ClampedArray(width * height);
  for (let n = 0; n < grey.length; n += 1) {
    grey[n] = (data[4 * n] * 2 + data[4 * n + 1] * 5 + data[4 * n + 2]) >> 3;
  }
  try {
    const bitmap = new BinaryBitmap(new HybridBinarizer(new RGBLuminanceSource(grey, width, height)));
    return new QRCodeReader().decode(bitmap, hints).getText();
  } catch {
    return null;
  }
};

const pixels = (source, width, height) => {
  const scale = Math.min(1, WIDEST / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.drawImage(source, 0, 0, canvas.width, canvas.height);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
};

const look = async (own, source, width, height) => {
  if (own) {
    const found = await own.detect(source).catch(() => []);
    if (found.length) return found[0].rawValue;
  }
  return readPixels(pixels(source, width, height));
};

// The text of a QR code in a picture file; null when there is none.
export const readPicture = async (file) => {
  const picture = await createImageBitmap(file);
  try {
    return await look(await detector(), picture, picture.width, picture.height);
  } finally {
    picture.close();
  }
};

// Shows the rear camera in `video` and calls `found` with each code once; returns a function that stops it.
// Rejects with what getUserMedia rejects with (no camera, no leave, page not secure).
export const startCamera = async (video, found) => {
  if (!navigator.mediaDevices?.getUserMedia) throw new DOMException("no camera", "NotFoundError");
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
  video.srcObject = stream;
  await video.play();
  const own = await detector();
  let last = "";
  let going = true;
  const step = async () => {
    if (!going) return;
    if (video.videoWidth) {
      const text = await look(own, video, video.videoWidth, video.videoHeight);
      if (text && text !== last) {
        last = text;
        found(text);
      }
    }
    setTimeout(step, 150);
  };
  step();
  return () => {
    going = false;
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
};
