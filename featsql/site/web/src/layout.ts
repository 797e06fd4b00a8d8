// A layered drawing of a directed graph without cycles, from left to right. Linear in nodes and edges but for sorting: the
// known libraries take seconds from a few hundred nodes on.

export interface Box {
  width: number;
  height: number;
}
export interface Drawn {
  x: Float64Array;
  y: Float64Array; // centres
  ways: number[][]; // by edge: x, y of the points that a long edge passes between other boxes
  width: number;
  height: number;
}

const GAP_X = 70;
const GAP_Y = 14;
const MOST_BENDS = 30_000;

export function layout(boxes: Box[], edges: [number, number][], gap = GAP_X): Drawn {
  const n = boxes.length;
  const rank = ranks(n, edges);
  // long edges get a point in every rank that they cross
  const chains: number[][] = [];
  let count = n;
  const ranked = Array.from(rank);
  const links: [number, number][] = [];
  const spans = edges.reduce((sum, [a, b]) => sum + Math.max(0, rank[b] - rank[a] - 1), 0);
  for (const [a, b] of edges) {
    const chain = [a];
    if (spans <= MOST_BENDS)
      for (let r = rank[a] + 1; r < rank[b]; r++) {
        ranked.push(r);
        chain.push(count++);
      }
    chain.push(b);
    chains.push(chain);
    for (let k = 1; k < chain.length; k++) links.push([chain[k - 1], chain[k]]);
  }
  const before: number[][] = Array.from({ length: count }, () => []);
  const after: number[][] = Array.from({ length: count }, () => []);
  for (const [a, b] of links) {
    after[a].push(b);
    before[b].push(a);
  }
  const depth = ranked.reduce((most, r) => Math.max(most, r), 0) + 1;
  const layers: number[][] = Array.from({ length: depth }, () => []);
  for (let v = 0; v < count; v++) layers[ranked[v]].push(v);
  order(layers, before, after, count);

  const height = (v: number) => (v < n ? boxes[v].height : 6);
  const tallest = Math.max(26, Math.ceil(Math.sqrt(n) * 1.8));
  const lanes = layers.map((layer) => Math.max(1, Math.ceil(layer.length / tallest)));
  const y = place(layers, lanes, before, after, height, count);

  const x = new Float64Array(count);
  let left = 0;
  layers.forEach((layer, r) => {
    const wide = layer.reduce((most, v) => Math.max(most, v < n ? boxes[v].width : 0), 0);
    layer.forEach((v, at) => (x[v] = left + (at % lanes[r]) * (wide + 24) + wide / 2));
    left += lanes[r] * (wide + 24) - 24 + gap + Math.min(160, layer.length * 1.2);
  });
  let top = Infinity;
  let bottom = -Infinity;
  for (let v = 0; v < count; v++) {
    top = Math.min(top, y[v] - height(v) / 2);
    bottom = Math.max(bottom, y[v] + height(v) / 2);
  }
  for (let v = 0; v < count; v++) y[v] -= top;
  const ways = chains.map((chain) => chain.slice(1, -1).flatMap((v) => [x[v], y[v]]));
  return { x: x.slice(0, n), y: y.slice(0, n), ways, width: Math.max(1, left - gap), height: n ? bottom - top : 1 };
}

/** The longest way from the left; what nothing goes into stands right before what it goes into. */
function ranks(n: number, edges: [number, number][]): Int32Array {
  const after: number[][] = Array.from({ length: n }, () => []);
  const open = new Int32Array(n);
  for (const [a, b] of edges) {
    after[a].push(b);
    open[b]++;
  }
  const rank = new Int32Array(n);
  const roots = [...Array(n).keys()].filter((v) => open[v] === 0);
  const queue = [...roots];
  for (let k = 0; k < queue.length; k++)
    for (const w of after[queue[k]]) {
      rank[w] = Math.max(rank[w], rank[queue[k]] + 1);
      if (--open[w] === 0) queue.push(w);
    }
  for (const v of roots) if (after[v].length) rank[v] = Math.min(...after[v].map((w) => rank[w])) - 1;
  return rank;
}

function order(layers: number[][], before: number[][], after: number[][], count: number): void {
  const at = new Float64Array(count);
  const keep = () => layers.forEach((layer) => layer.forEach((v, k) => (at[v] = k / layer.length)));
  keep();
  const mean = new Float64Array(count);
  const sort = (layer: number[], near: number[][]) => {
    for (const v of layer) mean[v] = near[v].length ? near[v].reduce((sum, w) => sum + at[w], 0) / near[v].length : at[v];
    layer.sort((a, b) => mean[a] - mean[b] || a - b);
    layer.forEach((v, k) => (at[v] = k / layer.length));
  };
  for (let round = 0; round < 8; round++) {
    for (let r = 1; r < layers.length; r++) sort(layers[r], before);
    for (let r = layers.length - 2; r >= 0; r--) sort(layers[r], after);
  }
}

/** As near as may be to the middle of the neighbours, in the given order, without overlap. */
function place(layers: number[][], lanes: number[], before: number[][], after: number[][], height: (v: number) => number, count: number) {
  const y = new Float64Array(count);
  for (const [r, layer] of layers.entries()) {
    let at = 0;
    for (const v of layer) {
      y[v] = at + height(v) / 2;
      at += (height(v) + GAP_Y) / lanes[r];
    }
    for (const v of layer) y[v] -= at / 2;
  }
  const settle = (r: number, near: number[][][]) => {
    const wanted = layers[r].map((v) => {
      const around = near.flatMap((side) => side[v]);
      return around.length ? around.reduce((sum, w) => sum + y[w], 0) / around.length : y[v];
    });
    spread(layers[r], wanted, (a, b) => ((height(a) + height(b)) / 2 + GAP_Y) / lanes[r], y);
  };
  for (let round = 0; round < 4; round++) {
    for (let r = 1; r < layers.length; r++) settle(r, [before]);
    for (let r = layers.length - 2; r >= 0; r--) settle(r, [after]);
  }
  for (let r = 0; r < layers.length; r++) settle(r, [before, after]);
  return y;
}

/** The least sum of squares away from `wanted` with at least `apart` between neighbours: pooled adjacent violators. */
function spread(layer: number[], wanted: number[], apart: (a: number, b: number) => number, y: Float64Array): void {
  const offset: number[] = [0];
  for (let k = 1; k < layer.length; k++) offset.push(offset[k - 1] + apart(layer[k - 1], layer[k]));
  const blocks: { sum: number; size: number }[] = [];
  wanted.forEach((want, k) => {
    let block = { sum: want - offset[k], size: 1 };
    while (blocks.length && blocks[blocks.length - 1].sum / blocks[blocks.length - 1].size > block.sum / block.size) {
      const last = blocks.pop()!;
      block = { sum: block.sum + last.sum, size: block.size + last.size };
    }
    blocks.push(block);
  });
  let k = 0;
  for (const block of blocks) for (let m = 0; m < block.size; m++, k++) y[layer[k]] = block.sum / block.size + offset[k];
}
