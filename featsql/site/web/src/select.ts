// The selectors of the command line, over the nodes of the page.
import { index, nodes, table, type NodeInfo } from "./data";

const METHODS = table<(node: NodeInfo, value: RegExp) => boolean>({
  tag: (n, v) => n.tags.some((t) => v.test(t)),
  kind: (n, v) => v.test(n.kind),
  resource_type: (n, v) => v.test(n.kind),
  entity: (n, v) => n.entities.some((e) => v.test(e)),
  owner: (n, v) => v.test(n.owner),
  path: (n, v) => v.test(n.path) || v.test(n.path.replace(/\/[^/]*$/, "")),
  source: (n, v) => n.kind === "source" && (v.test(n.name) || v.test(n.name.split(".")[0])),
  result: (n, v) => v.test(n.status) || (n.tests.fail > 0 && v.test("fail")),
});

/** The nodes that a selector means, or null for text that is none. Space: or, comma: and. */
export function select(text: string): Set<number> | null {
  const words = text.trim().split(/\s+/).filter(Boolean);
  if (!words.length) return null;
  const found = new Set<number>();
  for (const word of words) {
    const parts = word.split(",").map(one);
    if (parts.some((part) => part === null)) return null;
    for (const i of parts[0]!) if (parts.every((part) => part!.has(i))) found.add(i);
  }
  return found;
}

function one(item: string): Set<number> | null {
  const match = /^(@|(\d*)\+)?(.+?)(\+(\d*))?$/.exec(item);
  if (!match) return null;
  const [, before, up, name, after, down] = match;
  const start = matching(name);
  if (!start) return null;
  const found = new Set(start);
  if (before && before !== "@") spread(start, "parents", up ? +up : Infinity, found);
  if (after || before === "@") spread(start, "children", down ? +down : Infinity, found);
  if (before === "@") spread([...found], "parents", Infinity, found);
  return found;
}

export function spread(start: Iterable<number>, way: "parents" | "children", depth: number, found: Set<number>): Set<number> {
  let near = [...start];
  for (let step = 0; near.length && step < depth; step++) {
    const next: number[] = [];
    for (const i of near)
      for (const j of nodes[i][way])
        if (!found.has(j)) {
          found.add(j);
          next.push(j);
        }
    near = next;
  }
  return found;
}

function matching(text: string): number[] | null {
  const colon = text.indexOf(":");
  const method = colon > 0 ? text.slice(0, colon) : "";
  if (method && !METHODS[method]) return null;
  const value = new RegExp(`^${(method ? text.slice(colon + 1) : text).replace(/[.+^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*").replace(/\?/g, ".")}$`, "i");
  const by = METHODS[method];
  const test = by ? (n: NodeInfo) => by(n, value) : (n: NodeInfo) => value.test(n.name);
  return nodes.filter(test).map((n) => n.i);
}

/** Whether the last run left an online table older than its shortest window, or did not build it. */
export function staleness(node: NodeInfo): string {
  if (!node.online || !index.run) return "";
  if (node.status === "error" || node.status === "skipped" || node.status === "interrupted") return "not built by the last run";
  const at = Date.parse(index.run.as_of || index.run.at);
  const age = Date.now() - at;
  if (node.shortest_us && Number.isFinite(age) && age > node.shortest_us / 1000) return "older than its shortest window";
  return "";
}
