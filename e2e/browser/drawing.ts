import { crc32, deflateSync } from "node:zlib"

type Rgb = readonly [red: number, green: number, blue: number]

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/** A drawing of a bed with plants beside a tank, as PNG: a picture that nobody else's work is needed for. */
export function drawBed(width: number, height: number): Buffer {
  const rows = Buffer.alloc(height * (1 + width * 3))
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rows.set(colourAt(x / width, y / height), y * (1 + width * 3) + 1 + x * 3)
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  // Eight bits each of red, green and blue.
  head.set([8, 2, 0, 0, 0], 8)
  return Buffer.concat([SIGNATURE, chunk("IHDR", head), chunk("IDAT", deflateSync(rows, { level: 9 })), chunk("IEND", Buffer.alloc(0))])
}

function colourAt(x: number, y: number): Rgb {
  if (x > 0.74 && x < 0.92 && y > 0.3 && y < 0.72) return y < 0.36 ? [62, 84, 92] : [84, 118, 128]
  // The hose, from the foot of the tank along the bed.
  if (y > 0.745 && y < 0.765 && x > 0.06 && x < 0.84) return [44, 52, 56]
  for (let plant = 0; plant < 6; plant++) {
    const dx = (x - 0.12 - plant * 0.105) * 1.5
    const dy = y - 0.62 + (plant % 2) * 0.03
    if (Math.hypot(dx - 0.03, dy + 0.02) < 0.022 || Math.hypot(dx + 0.025, dy - 0.03) < 0.022) return [201, 72, 52]
    if (Math.hypot(dx, dy) < 0.075) return [82, 128, 76]
    if (Math.abs(dx) < 0.006 && y > 0.6 && y < 0.78) return [98, 88, 60]
  }
  if (y > 0.76) return y > 0.8 ? [112, 84, 62] : [214, 190, 132]
  return [Math.round(238 - 40 * y), Math.round(228 - 12 * y), Math.round(206 + 8 * y)]
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data])
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(data.length, 0)
  frame.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
}
