// Drawings of lineage: of a node, of a column, and the page with the whole graph.
import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { byId, nodes, useLineage, type Edge, type Lineage, type NodeInfo } from "../data";
import { Graph, type GraphBox, type GraphEdge, type Picked } from "../graph";
import { select, spread } from "../select";
import { Sql } from "../sql";
import { columnHref, graphHref, health, HealthMark, hrefOf, Kind, KINDS, NodeLink, part } from "../ui";

const toneOfHealth = { good: "good", bad: "bad", warn: "warn", none: "line-strong" };

function box(node: NodeInfo, by: string, main = false): GraphBox {
  const { tone } = health(node);
  return {
    key: String(node.i),
    label: node.name,
    note: `${KINDS[node.kind] ?? node.kind}, ${health(node).words}`,
    tone: by === "health" ? toneOfHealth[tone] : `tone-${node.kind}`,
    mark: by === "health" || tone === "none" || tone === "good" ? undefined : tone,
    main,
  };
}

function nodeGraph(chosen: Set<number>, by: string, main?: number): { boxes: GraphBox[]; edges: GraphEdge[] } {
  const list = [...chosen].sort((a, b) => a - b);
  return {
    boxes: list.map((i) => box(nodes[i], by, i === main)),
    edges: list.flatMap((i) => nodes[i].parents.filter((p) => chosen.has(p)).map((p) => ({ a: String(p), b: String(i) }))),
  };
}

export function columnEdges(lineage: Lineage, node: NodeInfo, column: string, ways: string): Edge[] {
  return [...(ways !== "down" ? lineage.walk(node.i, column, "up") : []), ...(ways !== "up" ? lineage.walk(node.i, column, "down") : [])];
}

function columnGraph(lineage: Lineage, node: NodeInfo, column: string, ways: string, by: string): { boxes: GraphBox[]; edges: GraphEdge[] } {
  const edges = columnEdges(lineage, node, column, ways).slice(0, 4000);
  const boxes = new Map<number, GraphBox>();
  const add = (i: number, name: string) => {
    let found = boxes.get(i);
    if (!found) {
      const known = nodes[i];
      found = known ? box(known, by, i === node.i) : { key: String(i), label: lineage.name(i), note: "table", tone: "tone-table" };
      found.rows = [];
      boxes.set(i, found);
    }
    if (!found.rows!.some((row) => row.key === name)) found.rows!.push({ key: name, name: name === "*" ? "rows" : name });
  };
  add(node.i, column);
  for (const edge of edges) {
    add(edge.source, edge.sourceColumn);
    add(edge.target, edge.targetColumn);
  }
  return {
    boxes: [...boxes.values()],
    edges: edges.map((e) => ({ a: String(e.source), b: String(e.target), aRow: e.sourceColumn, bRow: e.targetColumn, label: e.how === "copy" && !e.expression.startsWith("as of ") ? "" : e.expression.replace(/\s+/g, " "), faint: e.how === "condition" })),
  };
}

function goto(picked: Picked): void {
  const node = nodes[+picked.box];
  if (node) location.hash = (picked.row && picked.row !== "*" ? columnHref(node, picked.row) : hrefOf(node)).slice(1);
}

/** The neighbourhood of one node, a step each way, or more. */
export function NodeLineage({ node }: { node: NodeInfo }) {
  const [picked, pick] = useState<Picked | null>(null);
  const graph = useMemo(() => {
    const chosen = new Set([node.i]);
    spread([node.i], "parents", Infinity, chosen);
    const up = chosen.size;
    if (up > 80) {
      chosen.clear();
      chosen.add(node.i);
      spread([node.i], "parents", 2, chosen);
    }
    spread([node.i], "children", chosen.size > 60 ? 1 : 2, chosen);
    return nodeGraph(new Set([...chosen].slice(0, 150)), "kind", node.i);
  }, [node]);
  if (graph.boxes.length < 2) return <p class="muted">It reads nothing and nothing reads it.</p>;
  const most = Math.min(420, Math.max(150, graph.boxes.length * 34));
  return (
    <>
      <Graph {...graph} picked={picked} onPick={pick} onOpen={goto} height={most} label={`What ${node.name} reads and what reads it`} name={node.name} />
      <p class="graph-note">
        {picked && nodes[+picked.box] ? <><NodeLink node={nodes[+picked.box]} /> <HealthMark node={nodes[+picked.box]} quiet /> </> : null}
        <a href={graphHref(node)}>Open in the lineage page</a>
      </p>
    </>
  );
}

/** One column: drawn, and told with the lines of the project. */
export function ColumnLineage({ node, column }: { node: NodeInfo; column: string }) {
  const lineage = useLineage();
  const [picked, pick] = useState<Picked | null>(null);
  const graph = useMemo(() => (lineage ? columnGraph(lineage, node, column, "both", "kind") : null), [lineage, node, column]);
  const start = useMemo<Picked>(() => ({ box: String(node.i), row: column }), [node, column]);
  if (!lineage || !graph) return <p class="muted" aria-busy="true">{lineage === null ? "No lineage was generated." : "Reading lineage\u2026"}</p>;
  if (graph.boxes.length < 2) return <p class="muted">It is made of no column, and no column is made of it.</p>;
  const tall = Math.max(...graph.boxes.map((b) => 36 + Math.min(40, b.rows?.length ?? 0) * 20));
  return (
    <>
      <Graph {...graph} picked={picked ?? start} onPick={pick} onOpen={goto} height={Math.min(560, Math.max(220, tall * 1.3 + 60))} label={`What ${node.name}.${column} is made of, and what is made of it`} name={`${node.name}.${column}`} />
      <p class="graph-note"><a href={graphHref(node, column)}>Open in the lineage page</a></p>
      <h3>Made of</h3>
      <EdgeTree lineage={lineage} node={node.i} column={column} way="up" />
      <h3>Goes into</h3>
      <EdgeTree lineage={lineage} node={node.i} column={column} way="down" />
    </>
  );
}

function EdgeTree({ lineage, node, column, way }: { lineage: Lineage; node: number; column: string; way: "up" | "down" }) {
  const lines: { depth: number; edge: Edge; again: boolean }[] = [];
  const seen = new Set<string>();
  const follow = (n: number, c: string, depth: number) => {
    for (const edge of way === "up" ? lineage.inputs(n, c) : lineage.uses(n, c)) {
      if (lines.length >= 200) return;
      const [m, d] = way === "up" ? [edge.source, edge.sourceColumn] : [edge.target, edge.targetColumn];
      const again = seen.has(`${m}\n${d}`);
      lines.push({ depth, edge, again });
      if (again) continue;
      seen.add(`${m}\n${d}`);
      follow(m, d, depth + 1);
    }
  };
  follow(node, column, 0);
  if (!lines.length) return <p class="muted">Nothing.</p>;
  return (
    <ul class="edges">
      {lines.map(({ depth, edge, again }, i) => {
        const [at, name] = way === "up" ? [edge.source, edge.sourceColumn] : [edge.target, edge.targetColumn];
        const known = nodes[at];
        const through = lineage.steps(edge).slice(1).filter((s) => s.of && s.expression !== "*");
        return (
          <li key={i} class={`depth-${Math.min(depth, 8)}`}>
            {name === "*" ? <span>rows of {known ? <NodeLink node={known} /> : lineage.name(at)}</span> : known ? <NodeLink node={known} column={name} /> : <span class="mono">{`${lineage.name(at)}.${name}`}</span>}
            {edge.how === "aggregate" || edge.how === "condition" ? <span class="how">{edge.how}</span> : null}
            {edge.how !== "copy" || edge.expression.startsWith("as of ") ? <Sql text={edge.expression} /> : null}
            {through.map((s, k) => <span key={k} class="through">through <b>{s.of}</b> <Sql text={s.expression} /></span>)}
            {edge.place ? <span class="place">{edge.place}</span> : null}
            {again ? <span class="muted small"> as above</span> : null}
          </li>
        );
      })}
    </ul>
  );
}

/** The page: everything, what a selector means, or the ways of one column. */
export function GraphPage({ query }: { query: URLSearchParams }) {
  const focus = byId.get(query.get("focus") ?? "");
  const column = query.get("column") ?? "";
  const [text, setText] = useState(query.get("q") ?? "");
  const [by, setBy] = useState("kind");
  const [ways, setWays] = useState("both");
  const [picked, pick] = useState<Picked | null>(null);
  const lineage = useLineage();
  const chosen = useMemo(() => {
    const found = select(text);
    if (found) return found;
    if (!focus) return new Set(nodes.map((n) => n.i));
    const around = new Set([focus.i]);
    if (ways !== "down") spread([focus.i], "parents", Infinity, around);
    if (ways !== "up") spread([focus.i], "children", Infinity, around);
    return around;
  }, [text, focus, ways]);
  const graph = useMemo(
    () => (focus && column && lineage && !text ? columnGraph(lineage, focus, column, ways, by) : nodeGraph(chosen, by, focus?.i)),
    [chosen, by, focus, column, lineage, ways, text],
  );
  const start = useMemo<Picked | null>(() => (focus ? { box: String(focus.i), row: column || undefined } : null), [focus, column]);
  useEffect(() => pick(start), [start]);
  const onPick = useCallback((next: Picked | null) => pick(next), []);
  const node = picked ? nodes[+picked.box] : undefined;
  const wrong = text.trim() !== "" && select(text) === null;
  return (
    <div class="graph-page">
      <div class="graph-bar">
        <h1>{focus ? <><a href="#/graph">Lineage</a> of {focus.name}{column ? `.${column}` : ""}</> : "Lineage"}</h1>
        <label class="grow"><span class="visually-hidden">Selector</span>
          <input type="search" spellcheck={false} placeholder={focus && !column ? `+${focus.name}` : "+late_arrivals tag:x owner:y"} value={text} aria-invalid={wrong} onInput={(e) => setText(e.currentTarget.value)} />
        </label>
        <label>Direction <select value={ways} onChange={(e) => setWays(e.currentTarget.value)} disabled={!focus}><option value="both">both ways</option><option value="up">up</option><option value="down">down</option></select></label>
        <label>Colour <select value={by} onChange={(e) => setBy(e.currentTarget.value)}><option value="kind">kind</option><option value="health">health</option></select></label>
        <span class="muted small" aria-live="polite">{wrong ? "not a selector" : `${graph.boxes.length.toLocaleString("en")} shown`}</span>
      </div>
      <Graph {...graph} picked={picked} onPick={onPick} onOpen={goto} label="The graph of the project" name={focus ? focus.name : "lineage"} />
      <ul class="legend" aria-label="Colours">{by === "kind" ? ["source", "seed", "snapshot", "model", "feature_view", "training_set", "exposure"].filter((k) => nodes.some((n) => n.kind === k)).map((k) => <li key={k}><i class={`dot tone-${k}`} />{KINDS[k]}</li>) : [["good", "healthy"], ["warn", "warning"], ["bad", "failed"], ["none", "not in the last run"]].map(([tone, words]) => <li key={tone}><i class={`dot mark-${tone}`} />{words}</li>)}</ul>
      {node ? <Aside node={node} picked={picked!} lineage={lineage ?? null} close={() => pick(null)} /> : null}
    </div>
  );
}

function Aside({ node, picked, lineage, close }: { node: NodeInfo; picked: Picked; lineage: Lineage | null; close: () => void }) {
  const column = picked.row && picked.row !== "*" ? picked.row : undefined;
  const inputs = column && lineage ? lineage.inputs(node.i, column) : [];
  return (
    <aside class="graph-aside" aria-label="What is picked">
      <button type="button" class="close" aria-label="Close" onClick={close}>{"\u00d7"}</button>
      <Kind kind={node.kind} />
      <h2><a href={hrefOf(node)}>{node.name}</a></h2>
      {column ? <p class="mono"><a href={columnHref(node, column)}>{column}</a></p> : <p>{node.description}</p>}
      <p><HealthMark node={node} /></p>
      {inputs.slice(0, 12).map((edge, i) => (
        <p key={i} class="small">{edge.how === "copy" ? "from" : edge.how} <span class="mono">{`${lineage!.name(edge.source)}.${edge.sourceColumn === "*" ? "rows" : edge.sourceColumn}`}</span><br /><Sql text={edge.expression} /><br /><span class="place">{edge.place}</span></p>
      ))}
      <p class="small"><a href={graphHref(node)}>Only this one's lineage</a> {"\u00b7"} <a href={`#/graph?q=${part(`1+${node.name}+1`)}`}>its neighbours</a></p>
    </aside>
  );
}
