// Enlarges drawings by a small network that knows lines and flat colour: animegan/networks/enlarger.py.

import {ENLARGER} from './constants.js';
import {byTiles, gridEdges} from './tiles.js';

const {MARGIN, TILE, MOST_DOUBLINGS, SLACK} = ENLARGER;

// A drawing at twice its size. `painter` has a network of the enlarger. Tiles join exactly.
export function doubleDrawing(painter, drawing, onTile, tile = TILE) {
  const pass = part => painter.pass(part, null, MARGIN);
  return byTiles(drawing, gridEdges(tile), painter.about.reach, 2, pass, onTile);
}

// How often a drawing is doubled to become `ratio` times as large: until it is that large or larger, within limits.
export const doublings = ratio => Math.min(MOST_DOUBLINGS, Math.max(0, Math.ceil(Math.log2(ratio) - SLACK)));
