// A graph on a canvas: boxes with rows, ways between them. Pan, zoom, pick, walk by keys, save as SVG.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { layout } from "./layout";

export interface GraphRow {
  name: string;
  key: string;
}
export interface GraphBox {
  key: string;
  label: string;
  note: string;
  tone: string; // the name of a colour of the style sheet
  mark?: string; // the same, for a dot
  rows?: GraphRow[];
  main?: boolean;
}
export interface GraphEdge {
  a: string;
  b: string;
  aRow?: string;
  bRow?: string;
  label?: string;
  faint?: boolean;
}
export interface Picked {
  box: string;
  row?: string;
}
interface Props {
  boxes: GraphBox[];
  edges: GraphEdge[];
  picked: Picked | null;
  onPick: (picked: Picked | null) => void;
  onOpen: (picked: Picked) => void;
  height?: number;
  label: string;
  bright?: Set<string> | null;
  name?: string;
}
interface View {
  x: number;
  y: number;
  zoom: number;
}

const FONT = "13px ui-sans-serif, system-ui, -apple-system, 'Segoe UI', sans-serif";
const SMALL = "11.5px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
const HEAD = 30;
const ROW = 20;
const MOST_ROWS = 40;

function measure(): (text: string, font: string) => number {
  const context = document.createElement("canvas").getContext("2d")!;
  const known = new Map<string, number>();
  return (text, font) => {
    const key = font + text;
    let width = known.get(key);
    if (width === undefined) {
      context.font = font;
      known.set(key, (width = context.measureText(text).width));
    }
    return width;
  };
}
let widthOf: ReturnType<typeof measure> | null = null;

export function shorten(text: string, most: number): string {
  return text.length > most ? text.slice(0, most - 1) + "\u2026" : text;
}

function useDrawing(boxes: GraphBox[], edges: GraphEdge[]) {
  return useMemo(() => {
    widthOf ??= measure();
    const number = new Map(boxes.map((box, i) => [box.key, i]));
    const sizes = boxes.map((box) => {
      const rows = (box.rows ?? []).slice(0, MOST_ROWS);
      const wide = Math.max(widthOf!(shorten(box.label, 34), FONT) + 40, ...rows.map((r) => widthOf!(shorten(r.name, 34), SMALL) + 26), 90);
      return { width: Math.ceil(wide), height: HEAD + rows.length * ROW + (rows.length ? 6 : 0) };
    });
    const kept = edges.filter((e) => number.has(e.a) && number.has(e.b) && e.a !== e.b);
    const pairs = new Map<string, number>();
    const plain: [number, number][] = [];
    for (const e of kept) {
      const key = `${number.get(e.a)}>${number.get(e.b)}`;
      if (!pairs.has(key)) {
        pairs.set(key, plain.length);
        plain.push([number.get(e.a)!, number.get(e.b)!]);
      }
    }
    const drawn = layout(sizes, plain, kept.some((e) => e.label) ? 210 : 70);
    const rowAt = (i: number, key: string | undefined) => {
      const at = key === undefined ? -1 : (boxes[i].rows ?? []).slice(0, MOST_ROWS).findIndex((r) => r.key === key);
      return drawn.y[i] - sizes[i].height / 2 + (at < 0 ? HEAD / 2 : HEAD + at * ROW + ROW / 2);
    };
    const ways = kept.map((e) => {
      const a = number.get(e.a)!;
      const b = number.get(e.b)!;
      const bends = drawn.ways[pairs.get(`${a}>${b}`)!];
      const points = [drawn.x[a] + sizes[a].width / 2, rowAt(a, e.aRow), ...bends, drawn.x[b] - sizes[b].width / 2, rowAt(b, e.bRow)];
      let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
      for (let k = 0; k < points.length; k += 2) {
        x0 = Math.min(x0, points[k]);
        x1 = Math.max(x1, points[k]);
        y0 = Math.min(y0, points[k + 1]);
        y1 = Math.max(y1, points[k + 1]);
      }
      return { edge: e, points, box: [x0, y0, x1, y1] };
    });
    const near = new Map<string, Set<string>>();
    for (const e of kept)
      for (const [p, q] of [
        [e.a, e.b],
        [e.b, e.a],
      ])
        (near.get(p) ?? near.set(p, new Set()).get(p)!).add(q);
    return { number, sizes, near, ...drawn, ways };
  }, [boxes, edges]);
}
type Drawing = ReturnType<typeof useDrawing>;

export function Graph(props: Props) {
  const { boxes, edges, picked, onPick, onOpen, label, bright } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const view = useRef<View>({ x: 0, y: 0, zoom: 1 });
  const frame = useRef(0);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const drawing = useDrawing(boxes, edges);
  const state = useRef({ boxes, drawing, picked, bright, hover: null as string | null });
  Object.assign(state.current, { boxes, drawing, picked, bright });

  const redraw = () => {
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(() => canvas.current && draw(canvas.current, view.current, state.current));
  };
  const fit = () => {
    const { width, height } = size;
    if (!width) return;
    const whole = Math.min(1.15, (width - 40) / drawing.width, (height - 40) / drawing.height);
    const zoom = boxes.length > 40 ? whole : Math.max(whole, 0.6); // a few boxes are to be read
    // what does not fit is shown around what it is about
    const i = zoom > whole ? (drawing.number.get(boxes.find((box) => box.main)?.key ?? "") ?? -1) : -1;
    const [x, y] = i < 0 ? [drawing.width / 2, drawing.height / 2] : [drawing.x[i], drawing.y[i]];
    view.current = { zoom, x: width / 2 - x * zoom, y: height / 2 - y * zoom };
    redraw();
  };
  const centre = (key: string) => {
    const i = drawing.number.get(key);
    if (i === undefined || !size.width) return;
    const zoom = Math.max(view.current.zoom, 0.7);
    view.current = { zoom, x: size.width / 2 - drawing.x[i] * zoom, y: size.height / 2 - drawing.y[i] * zoom };
    redraw();
  };
  const zoomBy = (by: number, x = size.width / 2, y = size.height / 2) => {
    const v = view.current;
    const zoom = Math.min(3, Math.max(0.02, v.zoom * by));
    view.current = { zoom, x: x - ((x - v.x) * zoom) / v.zoom, y: y - ((y - v.y) * zoom) / v.zoom };
    redraw();
  };

  useEffect(() => {
    const element = canvas.current!;
    const watch = new ResizeObserver(() => setSize({ width: element.clientWidth, height: element.clientHeight }));
    watch.observe(element);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const theme = new MutationObserver(redraw);
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    dark.addEventListener("change", redraw);
    return () => {
      watch.disconnect();
      theme.disconnect();
      dark.removeEventListener("change", redraw);
    };
  }, []);
  useEffect(fit, [drawing, size.width, size.height]);
  useEffect(redraw, [picked, bright]);
  useEffect(() => {
    if (picked && state.current.drawing.number.has(picked.box) && boxes.length > 60) centre(picked.box);
  }, [picked?.box]);

  useEffect(() => {
    const element = canvas.current!;
    const held = new Map<number, { x: number; y: number }>();
    let moved = 0;
    let apart = 0;
    const at = (e: { clientX: number; clientY: number }) => {
      const box = element.getBoundingClientRect();
      return { x: e.clientX - box.left, y: e.clientY - box.top };
    };
    const hit = (e: MouseEvent) => find(state.current.boxes, state.current.drawing, view.current, at(e));
    const down = (e: PointerEvent) => {
      held.set(e.pointerId, at(e));
      element.setPointerCapture(e.pointerId);
      moved = 0;
    };
    const move = (e: PointerEvent) => {
      const point = at(e);
      const last = held.get(e.pointerId);
      if (!last) {
        const found = hit(e)?.box ?? null;
        if (found !== state.current.hover) {
          state.current.hover = found;
          element.style.cursor = found ? "pointer" : "grab";
          redraw();
        }
        return;
      }
      moved += Math.abs(point.x - last.x) + Math.abs(point.y - last.y);
      held.set(e.pointerId, point);
      if (held.size === 2) {
        const [a, b] = [...held.values()];
        const now = Math.hypot(a.x - b.x, a.y - b.y);
        if (apart) zoomBy(now / apart, (a.x + b.x) / 2, (a.y + b.y) / 2);
        apart = now;
        return;
      }
      view.current = { ...view.current, x: view.current.x + point.x - last.x, y: view.current.y + point.y - last.y };
      redraw();
    };
    const up = (e: PointerEvent) => {
      if (held.delete(e.pointerId) && moved < 5 && held.size === 0) onPick(hit(e));
      apart = 0;
    };
    const wheel = (e: WheelEvent) => {
      e.preventDefault();
      const { x, y } = at(e);
      zoomBy(Math.exp(-e.deltaY * (e.ctrlKey ? 0.01 : 0.0016)), x, y);
    };
    const open = (e: MouseEvent) => {
      const found = hit(e);
      if (found) onOpen(found);
    };
    element.addEventListener("pointerdown", down);
    element.addEventListener("pointermove", move);
    element.addEventListener("pointerup", up);
    element.addEventListener("pointercancel", up);
    element.addEventListener("wheel", wheel, { passive: false });
    element.addEventListener("dblclick", open);
    return () => {
      element.removeEventListener("pointerdown", down);
      element.removeEventListener("pointermove", move);
      element.removeEventListener("pointerup", up);
      element.removeEventListener("pointercancel", up);
      element.removeEventListener("wheel", wheel);
      element.removeEventListener("dblclick", open);
    };
  }, [onPick, onOpen, size.width, size.height]);

  const key = (e: KeyboardEvent) => {
    if (e.key === "+" || e.key === "=") zoomBy(1.25);
    else if (e.key === "-") zoomBy(0.8);
    else if (e.key === "0") fit();
    else if (e.key === "Enter" && picked) onOpen(picked);
    else if (e.key.startsWith("Arrow")) {
      const next = step(boxes, drawing, picked, e.key);
      if (next) {
        onPick({ box: next });
        centre(next);
      }
    } else return;
    e.preventDefault();
  };
  const said = picked ? boxes.find((b) => b.key === picked.box) : null;
  return (
    <div class="graph" style={props.height ? { height: `${props.height}px` } : undefined}>
      <canvas ref={canvas} tabIndex={0} role="application" aria-label={`${label}. Arrow keys walk from box to box, Enter opens, plus, minus and 0 zoom.`} onKeyDown={key} />
      <div class="graph-tools" role="toolbar" aria-label="Drawing">
        <button type="button" onClick={() => zoomBy(1.3)} aria-label="Zoom in">+</button>
        <button type="button" onClick={() => zoomBy(1 / 1.3)} aria-label="Zoom out">{"\u2212"}</button>
        <button type="button" onClick={fit}>Fit</button>
        <button type="button" onClick={() => save(svg(boxes, drawing), `${props.name ?? "lineage"}.svg`)}>SVG</button>
      </div>
      <div class="visually-hidden" aria-live="polite">{said ? `${said.label}, ${said.note}` : ""}</div>
    </div>
  );
}

function find(boxes: GraphBox[], d: Drawing, view: View, at: { x: number; y: number }): Picked | null {
  const x = (at.x - view.x) / view.zoom;
  const y = (at.y - view.y) / view.zoom;
  for (let i = boxes.length - 1; i >= 0; i--) {
    const { width, height } = d.sizes[i];
    if (Math.abs(x - d.x[i]) <= width / 2 && Math.abs(y - d.y[i]) <= height / 2) {
      const row = Math.floor((y - (d.y[i] - height / 2) - HEAD) / ROW);
      return { box: boxes[i].key, row: row >= 0 ? boxes[i].rows?.[row]?.key : undefined };
    }
  }
  return null;
}

/** The box that an arrow key leads to: along an edge to the side, else up or down among those of about the same place. */
function step(boxes: GraphBox[], d: Drawing, picked: Picked | null, key: string): string | null {
  if (!boxes.length) return null;
  const from = picked ? d.number.get(picked.box) : undefined;
  if (from === undefined) return boxes[0].key;
  const side = key === "ArrowLeft" ? -1 : key === "ArrowRight" ? 1 : 0;
  const near = d.near.get(boxes[from].key) ?? new Set();
  let best: [number, string] | null = null;
  boxes.forEach((box, i) => {
    if (i === from) return;
    const dx = d.x[i] - d.x[from];
    const dy = d.y[i] - d.y[from];
    const fits = side ? near.has(box.key) && dx * side > 0 : Math.abs(dx) < 60 && (key === "ArrowUp" ? dy < 0 : dy > 0);
    const far = Math.hypot(dx, dy);
    if (fits && (!best || far < best[0])) best = [far, box.key];
  });
  return best ? best[1] : null;
}

function colours(element: Element): (name: string) => string {
  const style = getComputedStyle(element);
  const known = new Map<string, string>();
  return (name) => {
    let value = known.get(name);
    if (value === undefined) known.set(name, (value = style.getPropertyValue(`--${name}`).trim() || "#888"));
    return value;
  };
}

function draw(canvas: HTMLCanvasElement, view: View, state: { boxes: GraphBox[]; drawing: Drawing; picked: Picked | null; bright?: Set<string> | null; hover: string | null }) {
  const { boxes, drawing: d, picked, bright, hover } = state;
  const colour = colours(canvas);
  const ratio = devicePixelRatio || 1;
  const [wide, high] = [canvas.clientWidth, canvas.clientHeight];
  if (canvas.width !== Math.round(wide * ratio) || canvas.height !== Math.round(high * ratio)) {
    canvas.width = Math.round(wide * ratio);
    canvas.height = Math.round(high * ratio);
  }
  const c = canvas.getContext("2d")!;
  c.setTransform(ratio, 0, 0, ratio, 0, 0);
  c.clearRect(0, 0, wide, high);
  c.translate(view.x, view.y);
  c.scale(view.zoom, view.zoom);
  const [left, top] = [-view.x / view.zoom, -view.y / view.zoom];
  const [right, bottom] = [left + wide / view.zoom, top + high / view.zoom];
  const focus = hover ?? picked?.box ?? null;
  const near = focus ? d.near.get(focus) : undefined;
  const isLit = (key: string) => (bright ? bright.has(key) : true) && (!focus || boxes.length <= 8 || key === focus || near?.has(key) || bright?.has(key) || false);
  const detail = view.zoom > 0.32;

  const trace = (points: number[]) => {
    c.moveTo(points[0], points[1]);
    for (let k = 2; k < points.length; k += 2) {
      const [x0, y0, x1, y1] = [points[k - 2], points[k - 1], points[k], points[k + 1]];
      if (detail) {
        const half = (x1 - x0) / 2;
        c.bezierCurveTo(x0 + half, y0, x1 - half, y1, x1, y1);
      } else c.lineTo(x1, y1);
    }
  };
  const lit: Drawing["ways"] = [];
  c.lineWidth = Math.max(1, 0.6 / view.zoom);
  c.strokeStyle = colour("line-strong");
  c.globalAlpha = focus || bright ? 0.35 : 0.85;
  c.beginPath();
  for (const way of d.ways) {
    const [x0, y0, x1, y1] = way.box;
    if (x1 < left || x0 > right || y1 < top || y0 > bottom) continue;
    const { a, b, aRow, bRow } = way.edge;
    const isRow = picked?.row !== undefined && ((a === picked.box && aRow === picked.row) || (b === picked.box && bRow === picked.row));
    if (picked?.row !== undefined && picked.box === focus ? isRow : focus && (a === focus || b === focus)) lit.push(way);
    else trace(way.points);
  }
  c.stroke();
  c.globalAlpha = 1;
  c.strokeStyle = colour("accent");
  c.lineWidth = Math.max(1.75, 1.2 / view.zoom);
  c.beginPath();
  for (const way of lit) trace(way.points);
  c.stroke();
  if (detail) for (const way of d.ways) arrow(c, way, lit.includes(way) ? colour("accent") : colour("line-strong"), left, right, top, bottom);

  boxes.forEach((box, i) => {
    const { width, height } = d.sizes[i];
    const [x, y] = [d.x[i] - width / 2, d.y[i] - height / 2];
    if (x > right || x + width < left || y > bottom || y + height < top) return;
    c.globalAlpha = isLit(box.key) ? 1 : 0.4;
    const tone = colour(box.tone);
    if (!detail) {
      c.fillStyle = tone;
      c.fillRect(x, y, width, height);
      if (box.mark) {
        c.fillStyle = colour(box.mark);
        c.fillRect(x + width - height, y, height, height);
      }
      return;
    }
    c.fillStyle = colour("surface");
    c.strokeStyle = box.key === focus ? colour("accent") : tone;
    c.lineWidth = box.main || box.key === picked?.box ? 2.5 : 1.2;
    c.beginPath();
    c.roundRect(x, y, width, height, 6);
    c.fill();
    c.stroke();
    c.fillStyle = tone;
    c.beginPath();
    c.roundRect(x, y, 6, height, [6, 0, 0, 6]);
    c.fill();
    c.fillStyle = colour("text");
    c.font = box.main ? `600 ${FONT}` : FONT;
    c.textBaseline = "middle";
    c.fillText(shorten(box.label, 34), x + 14, y + HEAD / 2 + 0.5);
    if (box.mark) {
      c.fillStyle = colour(box.mark);
      c.beginPath();
      c.arc(x + width - 11, y + HEAD / 2, 4, 0, 7);
      c.fill();
    }
    const rows = (box.rows ?? []).slice(0, MOST_ROWS);
    if (rows.length && view.zoom > 0.45) {
      c.font = SMALL;
      rows.forEach((row, k) => {
        const middle = y + HEAD + k * ROW + ROW / 2;
        if (picked?.box === box.key && picked.row === row.key) {
          c.fillStyle = colour("accent-soft");
          c.fillRect(x + 7, middle - ROW / 2, width - 8, ROW);
        }
        c.fillStyle = colour("muted");
        c.fillText(shorten(row.name, 34), x + 14, middle);
      });
    }
  });
  c.globalAlpha = 1;
  if (detail && view.zoom > 0.6) labels(c, d.ways.length <= 14 ? d.ways : lit, colour);
}

function arrow(c: CanvasRenderingContext2D, way: Drawing["ways"][number], fill: string, left: number, right: number, top: number, bottom: number) {
  const [x, y] = way.points.slice(-2);
  if (x < left || x > right || y < top || y > bottom) return;
  c.fillStyle = fill;
  c.beginPath();
  c.moveTo(x, y);
  c.lineTo(x - 7, y - 3.5);
  c.lineTo(x - 7, y + 3.5);
  c.fill();
}

function labels(c: CanvasRenderingContext2D, ways: Drawing["ways"], colour: (name: string) => string) {
  c.font = SMALL;
  c.textBaseline = "middle";
  const taken: [number, number, number][] = [];
  for (const { edge, points } of ways) {
    if (!edge.label) continue;
    const last = points.length - 2;
    const room = points[last] - points[last - 2] - 18;
    const most = Math.max(10, Math.floor(room / 6.6));
    const text = shorten(edge.label, most);
    const width = c.measureText(text).width + 8;
    const x = (points[last - 2] + points[last]) / 2 - width / 2;
    let y = (points[last - 1] + points[last + 1]) / 2;
    while (taken.some(([tx, ty, tw]) => Math.abs(ty - y) < 16 && x < tx + tw && tx < x + width)) y += 16;
    taken.push([x, y, width]);
    c.globalAlpha = 0.92;
    c.fillStyle = colour("surface");
    c.fillRect(x, y - 8, width, 16);
    c.globalAlpha = 1;
    c.fillStyle = colour("muted");
    c.fillText(text, x + 4, y);
  }
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`).replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd");
}

function svg(boxes: GraphBox[], d: Drawing): string {
  const colour = colours(document.documentElement);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-20 -20 ${Math.ceil(d.width + 40)} ${Math.ceil(d.height + 40)}" font-family="sans-serif" font-size="13">`,
    `<rect x="-20" y="-20" width="100%" height="100%" fill="${escaped(colour("surface"))}"/>`,
  ];
  for (const { points, edge } of d.ways) {
    let path = `M${points[0]} ${points[1]}`;
    for (let k = 2; k < points.length; k += 2) {
      const [x0, y0, x1, y1] = [points[k - 2], points[k - 1], points[k], points[k + 1]];
      path += `C${(x0 + x1) / 2} ${y0} ${(x0 + x1) / 2} ${y1} ${x1} ${y1}`;
    }
    const title = edge.label ? `<title>${escaped(edge.label)}</title>` : "";
    parts.push(`<path d="${path}" fill="none" stroke="${escaped(colour("line-strong"))}">${title}</path>`);
  }
  boxes.forEach((box, i) => {
    const { width, height } = d.sizes[i];
    const [x, y] = [d.x[i] - width / 2, d.y[i] - height / 2];
    parts.push(`<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="6" fill="${escaped(colour("surface"))}" stroke="${escaped(colour(box.tone))}"/>`);
    parts.push(`<text x="${x + 14}" y="${y + 19}" fill="${escaped(colour("text"))}">${escaped(box.label)}</text>`);
    (box.rows ?? []).slice(0, MOST_ROWS).forEach((row, k) =>
      parts.push(`<text x="${x + 14}" y="${y + HEAD + k * ROW + 14}" font-size="11" font-family="monospace" fill="${escaped(colour("muted"))}">${escaped(row.name)}</text>`),
    );
  });
  return parts.join("\n") + "\n</svg>\n";
}

function save(text: string, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
