// Small parts that every page uses.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { index, nodes, table, type Column, type NodeInfo } from "./data";
import { staleness } from "./select";

export const KINDS = table({
  source: "Source",
  seed: "Seed",
  model: "Model",
  feature_view: "Feature view",
  training_set: "Training set",
  snapshot: "Snapshot",
  exposure: "Consumer",
  table: "Table",
});

export const part = encodeURIComponent;
export const hrefOf = (node: NodeInfo) => `#/node/${part(node.id)}`;
export const columnHref = (node: NodeInfo, column: string) => `#/column/${part(node.id)}/${part(column)}`;
export const graphHref = (node: NodeInfo, column?: string) => `#/graph?focus=${part(node.id)}${column ? `&column=${part(column)}` : ""}`;

export function Kind({ kind }: { kind: string }) {
  return <span class={`kind kind-${kind}`}>{KINDS[kind] ?? kind}</span>;
}

export function NodeLink({ node, column }: { node: NodeInfo; column?: string }) {
  return (
    <a class="node-link" href={column ? columnHref(node, column) : hrefOf(node)}>
      <i class={`dot tone-${node.kind}`} aria-hidden="true" />
      <span>{column ? `${node.name}.${column}` : node.name}</span>
    </a>
  );
}

export interface Health {
  tone: "good" | "bad" | "warn" | "none";
  words: string;
}
export function health(node: NodeInfo): Health {
  const stale = staleness(node);
  if (node.status === "error") return { tone: "bad", words: "failed in the last run" };
  if (node.status === "skipped" || node.status === "interrupted") return { tone: "bad", words: `${node.status} in the last run` };
  if (node.tests.fail) return { tone: "bad", words: `${count(node.tests.fail, "test")} failed` };
  if (stale) return { tone: "warn", words: `online table is ${stale}` };
  if (node.tests.warn) return { tone: "warn", words: `${count(node.tests.warn, "test")} warned` };
  if (node.status === "success" || node.tests.pass) return { tone: "good", words: node.tests.pass ? "built, tests pass" : "built in the last run" };
  return { tone: "none", words: "not in the last run" };
}
export function HealthMark({ node, quiet }: { node: NodeInfo; quiet?: boolean }) {
  const { tone, words } = health(node);
  if (quiet && tone === "none") return null;
  return (
    <span class={`health health-${tone}`}>
      <i aria-hidden="true">{{ good: "\u2713", bad: "\u2715", warn: "!", none: "\u2013" }[tone]}</i> {words}
    </span>
  );
}

export function count(n: number, word: string): string {
  const many = word.endsWith("y") ? `${word.slice(0, -1)}ies` : `${word}s`;
  return `${n.toLocaleString("en")} ${n === 1 ? word : many}`;
}

export function when(iso: string): string {
  const at = Date.parse(iso);
  return Number.isFinite(at) ? new Date(at).toISOString().slice(0, 16).replace("T", " ") + " UTC" : "";
}
export function ago(iso: string): string {
  const seconds = (Date.now() - Date.parse(iso)) / 1000;
  if (!Number.isFinite(seconds)) return "";
  for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60]] as const)
    if (seconds >= size * (unit === "day" ? 2 : 1)) return `${count(Math.floor(seconds / size), unit)} ago`;
  return "just now";
}
export function took(seconds: number | null): string {
  return seconds === null ? "" : seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`;
}
export function duration(us: number): string {
  for (const [unit, size] of [["w", 604800e6], ["d", 86400e6], ["h", 3600e6], ["m", 60e6], ["s", 1e6], ["ms", 1e3]] as const)
    if (us >= size && us % size === 0 && !(unit === "w" && us % 2419200e6)) return `${us / size} ${unit}`;
  return `${us} us`;
}

export function Section({ title, note, children, id }: { title: string; note?: ComponentChildren; children: ComponentChildren; id?: string }) {
  return (
    <section id={id} aria-label={title}>
      <h2>{title}{note ? <small>{note}</small> : null}</h2>
      {children}
    </section>
  );
}

export function Facts({ facts }: { facts: [string, ComponentChildren][] }) {
  return (
    <dl class="facts">
      {facts.filter(([, value]) => value !== "" && value !== null && value !== undefined && value !== false).map(([name, value]) => (
        <div key={name}><dt>{name}</dt><dd>{value}</dd></div>
      ))}
    </dl>
  );
}

export function Tags({ node }: { node: NodeInfo }) {
  return <>{node.tags.map((tag) => <a class="tag" href={`#/browse?q=${part(`tag:${tag}`)}`}>{tag}</a>)}</>;
}

export function Owner({ name }: { name: string }) {
  return name ? <a href={`#/owner/${part(name)}`}>{name}</a> : <span class="muted">nobody</span>;
}

export function Crumbs({ steps }: { steps: ComponentChildren[] }) {
  return <nav class="crumbs" aria-label="Where this is">{steps.map((step, i) => <span key={i}>{step}</span>)}</nav>;
}

export function Copy({ text, label = "Copy" }: { text: string; label?: string }) {
  const [done, set] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea"); // pages from disk have no clipboard in some browsers
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    set(true);
    setTimeout(() => set(false), 1500);
  };
  return <button type="button" class="copy" onClick={copy}>{done ? "Copied" : label}</button>;
}

export function Tabs({ tabs, label }: { tabs: [string, ComponentChildren][]; label: string }) {
  const [at, set] = useState(0);
  const shown = Math.min(at, tabs.length - 1);
  const key = (e: KeyboardEvent) => {
    const by = e.key === "ArrowRight" ? 1 : e.key === "ArrowLeft" ? -1 : 0;
    if (!by) return;
    const next = (shown + by + tabs.length) % tabs.length;
    set(next);
    ((e.currentTarget as HTMLElement).children[next] as HTMLElement).focus();
  };
  if (!tabs.length) return null;
  return (
    <div class="tabs">
      <div role="tablist" aria-label={label} onKeyDown={key}>
        {tabs.map(([name], i) => (
          <button key={name} type="button" role="tab" aria-selected={i === shown} tabIndex={i === shown ? 0 : -1} onClick={() => set(i)}>{name}</button>
        ))}
      </div>
      <div role="tabpanel" aria-label={tabs[shown][0]}>{tabs[shown][1]}</div>
    </div>
  );
}

/** A list that shows its first rows, and the rest when asked. */
export function More<T>({ items, show, most = 100 }: { items: T[]; show: (items: T[]) => ComponentChildren; most?: number }) {
  const [all, set] = useState(false);
  return (
    <>
      {show(all ? items : items.slice(0, most))}
      {!all && items.length > most ? <button type="button" class="more" onClick={() => set(true)}>Show all {items.length.toLocaleString("en")}</button> : null}
    </>
  );
}

export function ColumnTable({ node, columns, types = true }: { node: NodeInfo; columns: Column[]; types?: boolean }) {
  const described = columns.some((c) => c.description);
  return (
    <More items={columns} show={(shown) => (
      <div class="scroll"><table>
        <thead><tr><th scope="col">Name</th>{types ? <th scope="col">Type</th> : null}{described ? <th scope="col">Description</th> : null}</tr></thead>
        <tbody>{shown.map((column) => (
          <tr key={column.name}>
            <td><a class="mono" href={columnHref(node, column.name)}>{column.name}</a></td>
            {types ? <td class="mono muted">{column.type ?? "?"}</td> : null}
            {described ? <td>{column.description}</td> : null}
          </tr>
        ))}</tbody>
      </table></div>
    )} />
  );
}

export function owners(): Map<string, NodeInfo[]> {
  const found = new Map<string, NodeInfo[]>();
  for (const node of nodes) if (node.owner) found.set(node.owner, [...(found.get(node.owner) ?? []), node]);
  return found;
}
export const testsOf = (node: NodeInfo, column?: string) => index.tests.filter((t) => t.node === node.i && (column === undefined || t.column?.toLowerCase() === column.toLowerCase()));

export function safeUrl(url: string | undefined): string | undefined {
  return url && /^(https?:\/\/|mailto:)/i.test(url) ? url : undefined;
}
