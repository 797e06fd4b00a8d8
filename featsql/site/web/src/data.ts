// What the generated files hold, and how they are loaded: classic scripts, so that the site opens from disk.
import { useEffect, useState } from "preact/hooks";

export type Kind = "source" | "seed" | "model" | "feature_view" | "training_set" | "snapshot" | "exposure" | "table";
export type Status = "success" | "error" | "skipped" | "interrupted" | "";

export interface NodeInfo {
  i: number;
  id: string;
  name: string;
  kind: Kind;
  description: string;
  owner: string;
  tags: string[];
  path: string;
  relation: string;
  materialized: string;
  parents: number[];
  children: number[];
  entities: string[];
  columns: number;
  status: Status;
  message: string;
  seconds: number | null;
  rows: number | null;
  tests: { pass: number; warn: number; fail: number };
  online: string | null;
  shortest_us: number | null;
  url?: string;
}
export interface TestInfo {
  id: string;
  name: string;
  kind: string;
  node: number;
  column: string | null;
  status: string;
  severity: string;
  message: string;
  failures: number | null;
  seconds: number | null;
  place: string | null;
}
export interface Entity {
  name: string;
  keys: string[];
  description: string;
  views: number[];
}
export interface Index {
  project: string;
  target: string;
  adapter: string;
  version: string;
  generated_at: string;
  run: { at: string; elapsed: number; command: string; as_of: string } | null;
  nodes: Omit<NodeInfo, "i" | "children">[];
  entities: Entity[];
  tests: TestInfo[];
  chunk: number;
  live: boolean;
}
export interface Column {
  name: string;
  type: string | null;
  description: string;
  feature?: boolean;
  windows?: string[];
}
export type Columns = Column[][];
export interface Stat {
  rows?: number;
  nulls?: number;
  distinct?: number;
  min?: string | number | null;
  max?: string | number | null;
  mean?: number | null;
  bars?: [string, number][];
}
export interface Lookup {
  finds: string;
  windows: string[];
  strategy: string;
  why: string;
}
export interface Detail {
  raw: string;
  sql: Record<string, string>;
  online: Record<string, string>;
  config: Record<string, any>;
  meta: Record<string, unknown>;
  features: Record<string, { expression: string; windows: string[]; aggregates: string[]; exactness: string; error?: number | null }>;
  columns: Record<string, { tests?: unknown; meta?: unknown }>;
  windows: { name: string; bounds: string }[];
  lookups: Lookup[];
  stats: { rows?: number; bytes?: number; latest?: string; at?: string; columns?: Record<string, Stat> };
  freshness: { timestamp?: string | null; available_at?: string | null; path?: string | null };
}
export interface LineageFile {
  names: string[];
  words: string[];
  tables: string[];
  edges: number[];
  steps: Record<string, [number, number, number, number][]>;
  rows: number[];
}

/** A table of ours that a text of the project's may be looked up in: it knows nothing but what stands in it. */
export function table<T>(entries: Record<string, T>): Record<string, T | undefined> {
  return Object.assign(Object.create(null), entries);
}

type Loader = (value: any) => void;
const waiting = new Map<string, Loader[]>();
const loaded = new Map<string, Promise<any>>();
const arrived = new Map<string, any>();

declare global {
  interface Window {
    featsqlData: (name: string, text: string) => void;
  }
}
// JSON in a string: in a program's own braces, a column named `__proto__` would not be one
window.featsqlData = (name, text) => {
  const value: unknown = JSON.parse(text);
  arrived.set(name, value);
  (waiting.get(name) ?? []).forEach((resolve) => resolve(value));
  waiting.delete(name);
};

/** A data file, once: from the page itself where it is packed in one, else by a script beside it. */
export function load<T>(name: string): Promise<T> {
  const known = loaded.get(name);
  if (known) return known;
  const packed = document.getElementById(`data-${name}`);
  const promise = new Promise<T>((resolve, reject) => {
    if (packed) return resolve(JSON.parse(packed.textContent ?? "null"));
    if (arrived.has(name)) return resolve(arrived.get(name));
    waiting.set(name, [...(waiting.get(name) ?? []), resolve]);
    const script = document.createElement("script");
    script.src = `data/${name}.js`;
    script.onerror = () => reject(new Error(`data/${name}.js is not there`));
    document.head.append(script);
  });
  loaded.set(name, promise);
  return promise;
}

/** undefined while it is loading, null where it is not there. */
export function useData<T>(name: string): T | undefined | null {
  const [value, set] = useState<T | null | undefined>(undefined);
  useEffect(() => {
    let alive = true;
    set(undefined);
    load<T>(name).then((found) => alive && set(() => found), () => alive && set(null));
    return () => void (alive = false);
  }, [name]);
  return value;
}

export let index: Index;
export let nodes: NodeInfo[] = [];
export const byId = new Map<string, NodeInfo>();

export async function start(): Promise<void> {
  index = await load<Index>("index");
  nodes = index.nodes.map((node, i) => ({ ...node, i, children: [] }) as NodeInfo);
  for (const node of nodes) {
    byId.set(node.id, node);
    for (const parent of node.parents) nodes[parent].children.push(node.i);
  }
}

export function useDetail(node: NodeInfo): Detail | undefined | null {
  const chunk = useData<Record<string, Detail>>(`nodes-${Math.floor(node.i / index.chunk)}`);
  return chunk && chunk[node.i];
}

export interface Edge {
  source: number;
  sourceColumn: string;
  target: number;
  targetColumn: string;
  how: string;
  expression: string;
  place: string;
  at: number;
}
const HOW = ["copy", "expression", "aggregate", "condition"];

/** Column lineage, with an index both ways. Numbers past the nodes are tables that nobody declared. */
export class Lineage {
  edges: Edge[] = [];
  rows: { source: number; column: string; target: number; role: string; place: string }[] = [];
  private into = new Map<string, Edge[]>();
  private outOf = new Map<string, Edge[]>();

  constructor(private file: LineageFile) {
    const { names, words, edges, rows } = file;
    for (let k = 0; k < edges.length; k += 7) {
      const edge: Edge = {
        source: edges[k],
        sourceColumn: names[edges[k + 1]],
        target: edges[k + 2],
        targetColumn: names[edges[k + 3]],
        how: HOW[edges[k + 4]],
        expression: words[edges[k + 5]] ?? "",
        place: words[edges[k + 6]] ?? "",
        at: k / 7,
      };
      this.edges.push(edge);
      push(this.into, `${edge.target}\n${edge.targetColumn}`, edge);
      push(this.outOf, `${edge.source}\n${edge.sourceColumn}`, edge);
    }
    for (let k = 0; k < rows.length; k += 5) {
      this.rows.push({ source: rows[k], column: names[rows[k + 1]], target: rows[k + 2], role: words[rows[k + 3]], place: words[rows[k + 4]] ?? "" });
    }
  }
  name(node: number): string {
    return nodes[node]?.name ?? this.file.tables[node - nodes.length] ?? "?";
  }
  steps(edge: Edge): { of: string; column: string; expression: string; place: string }[] {
    const { words, names, steps } = this.file;
    return (steps[edge.at] ?? []).map(([of, column, expression, place]) => ({
      of: words[of] ?? "",
      column: names[column],
      expression: words[expression] ?? "",
      place: words[place] ?? "",
    }));
  }
  inputs = (node: number, column: string): Edge[] => this.into.get(`${node}\n${column}`) ?? [];
  uses = (node: number, column: string): Edge[] => this.outOf.get(`${node}\n${column}`) ?? [];

  /** Edges on every way into (up) or out of a column, at most `depth` steps away. */
  walk(node: number, column: string, way: "up" | "down", depth = Infinity): Edge[] {
    const found: Edge[] = [];
    const seen = new Set([`${node}\n${column}`]);
    let near: [number, string][] = [[node, column]];
    for (let step = 0; near.length && step < depth; step++) {
      const next: [number, string][] = [];
      for (const [n, c] of near)
        for (const edge of way === "up" ? this.inputs(n, c) : this.uses(n, c)) {
          found.push(edge);
          const other: [number, string] = way === "up" ? [edge.source, edge.sourceColumn] : [edge.target, edge.targetColumn];
          const key = other.join("\n");
          if (!seen.has(key)) {
            seen.add(key);
            next.push(other);
          }
        }
      near = next;
    }
    return found;
  }
}
let lineage: Lineage | null = null;
export function useLineage(): Lineage | null | undefined {
  const file = useData<LineageFile>("lineage");
  if (file && !lineage) lineage = new Lineage(file);
  return file ? lineage : file;
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
