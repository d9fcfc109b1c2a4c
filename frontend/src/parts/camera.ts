// Photos are made smaller on the phone: long side 1920, JPEG. One at a time, because old phones have little memory.
import { readExif, withExif } from "./exif";

const LONG_SIDE = 1920;
const SMALL_ENOUGH = 700 * 1024;
// A 2 × 1 picture that says "turn me": tells whether this browser turns pictures by itself when it decodes them.
const PROBE =
  "/9j/4AAQSkZJRgABAQAAAQABAAD/4QAiRXhpZgAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wAALCAABAAIBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AP//Z";

type Picture = HTMLImageElement | ImageBitmap;

/** A scaled JPEG, or the file itself where it is small already or the browser cannot read it (HEIC). */
export async function scaled(file: Blob): Promise<Blob> {
  const bytes = await new Response(file).arrayBuffer();
  const exif = readExif(bytes);
  let picture: Picture;
  try {
    picture = await decode(file);
  } catch (_unreadable) {
    // The server can read more kinds than the browser, and says so plainly when it cannot.
    return file;
  }
  const [width, height] = sizeOf(picture);
  if (Math.max(width, height) <= LONG_SIDE && file.size <= SMALL_ENOUGH && file.type === "image/jpeg") {
    return file;
  }
  const turn = (await turnsByItself()) ? 1 : exif.orientation;
  const canvas = draw(picture, Math.min(1, LONG_SIDE / Math.max(width, height)), turn);
  if ("close" in picture) {
    picture.close();
  }
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", 0.85));
  // iOS frees a canvas only when it is made small.
  canvas.width = canvas.height = 0;
  return blob ? withExif(await new Response(blob).arrayBuffer(), exif.segment) : file;
}

function decode(file: Blob): Promise<Picture> {
  return typeof createImageBitmap === "function" ? createImageBitmap(file) : asImage(file);
}

function asImage(file: Blob): Promise<HTMLImageElement> {
  return new Promise((done, fail) => {
    const image = new Image();
    const url = URL.createObjectURL(file);
    image.onload = () => {
      URL.revokeObjectURL(url);
      done(image);
    };
    image.onerror = () => {
      URL.revokeObjectURL(url);
      fail(new Error("unreadable"));
    };
    image.src = url;
  });
}

function sizeOf(picture: Picture): [number, number] {
  return picture instanceof HTMLImageElement
    ? [picture.naturalWidth, picture.naturalHeight]
    : [picture.width, picture.height];
}

let answer: Promise<boolean> | null = null;

function turnsByItself(): Promise<boolean> {
  if (!answer) {
    const bytes = Uint8Array.from(atob(PROBE), (char) => char.charCodeAt(0));
    answer = decode(new Blob([bytes], { type: "image/jpeg" })).then(
      (picture) => sizeOf(picture)[0] === 1,
      () => true,
    );
  }
  return answer;
}

function draw(picture: Picture, scale: number, orientation: number): HTMLCanvasElement {
  const [wide, high] = sizeOf(picture).map((side) => Math.max(1, Math.round(side * scale)));
  const canvas = document.createElement("canvas");
  const lying = orientation > 4;
  canvas.width = lying ? high : wide;
  canvas.height = lying ? wide : high;
  const pen = canvas.getContext("2d");
  if (!pen) {
    throw new Error("no canvas");
  }
  // The eight orientations of TIFF, as matrices onto the upright canvas.
  const turns: Record<number, [number, number, number, number, number, number]> = {
    1: [1, 0, 0, 1, 0, 0],
    2: [-1, 0, 0, 1, wide, 0],
    3: [-1, 0, 0, -1, wide, high],
    4: [1, 0, 0, -1, 0, high],
    5: [0, 1, 1, 0, 0, 0],
    6: [0, 1, -1, 0, high, 0],
    7: [0, -1, -1, 0, high, wide],
    8: [0, -1, 1, 0, 0, wide],
  };
  pen.transform(...turns[orientation]);
  pen.drawImage(picture, 0, 0, wide, high);
  return canvas;
}
