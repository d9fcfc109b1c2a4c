// The EXIF block of a JPEG: its orientation, and the block itself so that a scaled copy keeps time and place.
// The server reads both into the record and takes them out of everything it shows (the fact stays, peers row 7).

export interface Exif {
  /** 1 to 8 as in the TIFF tag; 1 where the file says nothing. */
  orientation: number;
  /** The whole APP1 segment with its marker, orientation set to 1; null where there is none. */
  segment: Uint8Array | null;
}

const NONE: Exif = { orientation: 1, segment: null };
const ORIENTATION = 0x0112;

/** Reads the first APP1 Exif segment. Anything odd counts as "no EXIF": the photo itself matters more. */
export function readExif(bytes: ArrayBuffer): Exif {
  const view = new DataView(bytes);
  if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) {
    return NONE;
  }
  let at = 2;
  while (at + 10 < view.byteLength && view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1);
    const length = view.getUint16(at + 2);
    if (marker === 0xda) {
      return NONE;
    }
    if (marker === 0xe1 && view.getUint32(at + 4) === 0x45786966 && at + 2 + length <= view.byteLength) {
      return upright(new Uint8Array(bytes.slice(at, at + 2 + length)));
    }
    at += 2 + length;
  }
  return NONE;
}

function upright(segment: Uint8Array): Exif {
  const view = new DataView(segment.buffer);
  const tiff = 10;
  if (segment.length < tiff + 14) {
    return NONE;
  }
  const little = view.getUint16(tiff) === 0x4949;
  const first = tiff + view.getUint32(tiff + 4, little);
  if (first + 2 > segment.length) {
    return { orientation: 1, segment };
  }
  const entries = view.getUint16(first, little);
  for (let index = 0; index < entries; index += 1) {
    const entry = first + 2 + index * 12;
    if (entry + 12 > segment.length) {
      break;
    }
    if (view.getUint16(entry, little) === ORIENTATION) {
      const orientation = view.getUint16(entry + 8, little);
      view.setUint16(entry + 8, 1, little);
      return { orientation: orientation >= 1 && orientation <= 8 ? orientation : 1, segment };
    }
  }
  return { orientation: 1, segment };
}

/** The JPEG with the segment put in right after its start. */
export function withExif(jpeg: ArrayBuffer, segment: Uint8Array | null): Blob {
  if (!segment) {
    return new Blob([jpeg], { type: "image/jpeg" });
  }
  const bytes = new Uint8Array(jpeg);
  const parts: BlobPart[] = [bytes.subarray(0, 2), segment as BlobPart, bytes.subarray(2)];
  return new Blob(parts, { type: "image/jpeg" });
}
