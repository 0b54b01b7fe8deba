/** A photograph made small enough for a poor network, with what the camera noted of time and place. */

const SIDE = 2048;
const QUALITY = 0.85;
/** A segment of a JPEG is never longer, and the one that matters is among the first. */
const HEAD = 256 * 1024;
const ORIENTATION = 0x0112;

/**
 * A JPEG whose longer side has at most 2048 pixels, upright.
 * @param {Blob} file
 * @throws where the browser cannot read the picture
 */
export async function shrink(file) {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const drawn = await new Promise((done, failed) => canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("toBlob"))), "image/jpeg", QUALITY));
  const noted = exif(new DataView(await file.slice(0, HEAD).arrayBuffer()));
  if (!noted) return drawn;
  // Behind the two bytes with which a JPEG begins; what is drawn has none of its own.
  return new Blob([drawn.slice(0, 2), noted, drawn.slice(2)], { type: "image/jpeg" });
}

/** The Exif segment of a JPEG, told that the picture is upright; null where there is none. */
export function exif(bytes) {
  if (bytes.byteLength < 4 || bytes.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; at + 10 < bytes.byteLength; ) {
    const marker = bytes.getUint16(at);
    const length = bytes.getUint16(at + 2);
    if (marker === 0xffda || (marker & 0xff00) !== 0xff00) return null;
    if (marker === 0xffe1 && bytes.getUint32(at + 4) === 0x45786966 && at + 2 + length <= bytes.byteLength) {
      const segment = bytes.buffer.slice(bytes.byteOffset + at, bytes.byteOffset + at + 2 + length);
      return upright(new DataView(segment)) ? segment : null;
    }
    at += 2 + length;
  }
  return null;
}

/** Sets the orientation of an Exif segment to "as it is"; false where it cannot be read. */
function upright(segment) {
  const start = 10;
  if (segment.byteLength < start + 8) return false;
  const little = segment.getUint16(start) === 0x4949;
  const first = start + segment.getUint32(start + 4, little);
  if (first + 2 > segment.byteLength) return false;
  const entries = segment.getUint16(first, little);
  for (let i = 0, at = first + 2; i < entries && at + 12 <= segment.byteLength; i += 1, at += 12) {
    if (segment.getUint16(at, little) === ORIENTATION) segment.setUint16(at + 8, 1, little);
  }
  return true;
}
