// Cuts large pictures into tiles, for networks that cannot draw a whole picture at once: animegan/images/tiles.py.

import {crop, newPicture, paste, round} from './pixels.js';

// Runs `work` over a picture tile by tile. Each result is `scale` times as large as what the tile sees.
export async function byTiles(picture, edges, reach, scale, work, onTile) {
  const {width, height} = picture, result = newPicture(scale * width, scale * height);
  const rows = edges(height), columns = edges(width), all = (rows.length - 1) * (columns.length - 1);
  let done = 0;
  for (let j = 0; j + 1 < rows.length; j++) {
    for (let i = 0; i + 1 < columns.length; i++) {
      const [left, right, top, bottom] = [columns[i], columns[i + 1], rows[j], rows[j + 1]];
      const x = Math.max(0, left - reach), y = Math.max(0, top - reach);
      const seen = crop(picture, x, y, Math.min(width, right + reach), Math.min(height, bottom + reach));
      const drawn = await work(seen);
      const inner = [scale * (left - x), scale * (top - y), scale * (right - left), scale * (bottom - top)];
      paste(result, drawn, scale * left, scale * top, ...inner);
      await onTile(++done, all);
    }
  }
  return result;
}

// Cuts at multiples of `tile`, as a network's tiles must lie on the grid of the whole; the last is up to half longer.
export function gridEdges(tile) {
  return length => {
    const edges = [];
    for (let at = 0; at < Math.max(1, length - Math.floor(tile / 2)); at += tile) edges.push(at);
    return [...edges, length];
  };
}

// Equal lengths of at most `tile` pixels.
export function evenEdges(tile) {
  return length => {
    const count = Math.ceil(length / tile);
    return Array.from({length: count + 1}, (_, n) => round((length * n) / count));
  };
}
