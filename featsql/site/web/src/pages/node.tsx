// A node: feature view, training set, model, seed, source or consumer.
import { index, nodes, useData, useDetail, useLineage, type Columns, type Detail, type NodeInfo, type Stat, type TestInfo } from "../data";
import { Code, Snippet } from "../sql";
import { Timeline } from "../timeline";
import { columnHref, ColumnTable, count, Crumbs, duration, Facts, HealthMark, Kind, More, NodeLink, Owner, part, safeUrl, Section, Tabs, Tags, testsOf, took, when } from "../ui";
import { NodeLineage } from "./lineage";

export function NodePage({ node }: { node: NodeInfo }) {
  const detail = useDetail(node);
  const columns = useData<Columns>("columns")?.[node.i];
  const tests = testsOf(node);
  return (
    <>
      <Crumbs steps={[<a href="#/">Home</a>, ...node.entities.slice(0, 1).map((e) => <a href={`#/entity/${part(e)}`}>{e}</a>), node.name]} />
      <header class="page-head">
        <p><Kind kind={node.kind} /> <HealthMark node={node} /></p>
        <h1>{node.name}</h1>
        {node.description ? <p class="lead">{node.description}</p> : null}
        <NodeFacts node={node} detail={detail ?? null} />
      </header>
      {node.kind === "feature_view" && detail ? (
        <Section title="When is it known" note="what a row of this view can see at t">
          <Timeline config={detail.config} windows={Object.keys(detail.config.windows ?? {})} latest={Boolean(detail.config.ttl_us)} />
        </Section>
      ) : null}
      {columns?.length ? (
        <Section title={node.kind === "feature_view" ? "Features" : "Columns"} note={String(columns.length)}>
          {node.kind === "feature_view" ? <FeatureTable node={node} columns={columns} detail={detail ?? null} /> : <ColumnTable node={node} columns={columns} />}
        </Section>
      ) : null}
      {node.kind === "training_set" && detail?.config.features ? <Section title="Features from"><UsesViews detail={detail} /></Section> : null}
      <Section title="Lineage"><NodeLineage node={node} /></Section>
      <RowsBy node={node} />
      {tests.length || detail?.config.kind ? <Section title="Tests" note={tests.length ? String(tests.length) : undefined}><Tests tests={tests} declared={declaredTests(detail ?? null)} /></Section> : null}
      {detail?.stats && Object.keys(detail.stats).length ? <Section title="Statistics"><TableStats detail={detail} /></Section> : null}
      {node.kind !== "source" && node.kind !== "exposure" ? <Section title="Get it"><Snippets node={node} detail={detail ?? null} /></Section> : null}
      {detail ? <Section title="SQL"><Definitions node={node} detail={detail} /></Section> : detail === undefined ? <p aria-busy="true" class="muted">{"Reading\u2026"}</p> : null}
    </>
  );
}

function NodeFacts({ node, detail }: { node: NodeInfo; detail: Detail | null }) {
  const c = detail?.config ?? {};
  const meta = detail?.meta ?? {};
  return (
    <Facts facts={[
      ["owner", <Owner name={node.owner} />],
      ["entity", node.entities.length ? node.entities.map((e, i) => <>{i ? ", " : ""}<a href={`#/entity/${part(e)}`}>{e}</a></>) : ""],
      ["keys", c.keys?.length ? <span class="mono">{c.keys.join(", ")}</span> : ""],
      ["event time", (c.timestamp ?? detail?.freshness.timestamp) ? <span class="mono">{c.timestamp ?? detail?.freshness.timestamp}</span> : ""],
      ["known time", c.available_at ?? detail?.freshness.available_at ? <span class="mono">{c.available_at ?? detail?.freshness.available_at}</span> : c.delay_us ? `${duration(c.delay_us)} after event time` : ""],
      ["ttl", c.ttl_us ? duration(c.ttl_us) : ""],
      ["closed", c.closed ? <span class="mono">{c.closed}</span> : ""],
      ["label", c.label?.length ? <span class="mono">{c.label.join(", ")}</span> : ""],
      ["relation", node.relation ? <span class="mono">{node.relation}</span> : ""],
      ["online table", node.online ? <span class="mono">{node.online}</span> : ""],
      ["materialized", c.materialized ?? ""],
      ["files", detail?.freshness.path ? <span class="mono">{detail.freshness.path}</span> : ""],
      ["file", node.path ? <span class="mono">{node.path}</span> : ""],
      ["url", safeUrl(node.url) ? <a href={safeUrl(node.url)} rel="noreferrer noopener">{node.url}</a> : ""],
      ["tags", node.tags.length ? <Tags node={node} /> : ""],
      ["last built", node.status && index.run ? `${when(index.run.at)}, ${took(node.seconds)}${node.rows ? `, ${count(node.rows, "row")}` : ""}` : ""],
      ["message", node.message ? <span class="message">{node.message}</span> : ""],
      ...Object.entries(meta).map(([k, v]): [string, string] => [k, typeof v === "string" ? v : JSON.stringify(v)]),
    ]} />
  );
}

function FeatureTable({ node, columns, detail }: { node: NodeInfo; columns: Columns[number]; detail: Detail | null }) {
  return (
    <More items={columns} show={(shown) => (
      <div class="scroll"><table>
        <thead><tr><th scope="col">Name</th><th scope="col">What it means</th><th scope="col">Over</th><th scope="col">Type</th></tr></thead>
        <tbody>{shown.map((c) => (
          <tr key={c.name}>
            <td><a class="mono" href={columnHref(node, c.name)}>{c.name}</a></td>
            <td>{c.description || (c.feature ? <span class="mono muted small">{detail?.features[c.name]?.expression.replace(/\s+/g, " ").slice(0, 90)}</span> : <span class="muted">{detail?.config.keys?.includes(c.name) ? "key" : "event time"}</span>)}</td>
            <td class="small">{c.feature ? (c.windows?.length ? c.windows.join(", ") : "latest row") : ""}</td>
            <td class="mono muted">{c.type ?? "?"}</td>
          </tr>
        ))}</tbody>
      </table></div>
    )} />
  );
}

function UsesViews({ detail }: { detail: Detail }) {
  const views = detail.config.features as { view: string; columns: string[]; on: string[]; prefix: string }[];
  return (
    <div class="scroll"><table>
      <thead><tr><th scope="col">Feature view</th><th scope="col">Joined on</th><th scope="col">Features</th></tr></thead>
      <tbody>{views.map((use, i) => {
        const view = nodes.find((n) => n.kind === "feature_view" && n.name.toLowerCase() === use.view.toLowerCase());
        return (
          <tr key={i}>
            <td>{view ? <NodeLink node={view} /> : use.view}</td>
            <td class="mono small">{use.on.join(", ") || "every row"}</td>
            <td class="features-used">{use.columns.map((c) => (view ? <a class="mono" href={columnHref(view, c)}>{use.prefix}{c}</a> : c))}</td>
          </tr>
        );
      })}</tbody>
    </table></div>
  );
}

function RowsBy({ node }: { node: NodeInfo }) {
  const lineage = useLineage();
  const found = lineage?.rows.filter((row) => row.target === node.i) ?? [];
  if (!found.length) return null;
  const roles = new Map<string, { source: number; column: string; roles: Set<string>; places: Set<string> }>();
  for (const row of found) {
    const key = `${row.source}.${row.column}`;
    const entry = roles.get(key) ?? { source: row.source, column: row.column, roles: new Set(), places: new Set() };
    entry.roles.add(row.role);
    if (row.place) entry.places.add(row.place);
    roles.set(key, entry);
  }
  return (
    <details class="rows-by">
      <summary>{count(roles.size, "column")} decide which rows there are</summary>
      <ul class="plain">{[...roles.values()].map((r) => (
        <li key={`${r.source}.${r.column}`}>{nodes[r.source] ? <NodeLink node={nodes[r.source]} column={r.column} /> : `${lineage!.name(r.source)}.${r.column}`} <span class="muted small">{[...r.roles].join(", ")}</span> <span class="place">{[...r.places][0] ?? ""}</span></li>
      ))}</ul>
    </details>
  );
}

export function declaredTests(detail: Detail | null, column?: string): [string, string][] {
  const list: [string, string][] = [];
  const add = (name: string, tests: unknown) => {
    for (const test of Array.isArray(tests) ? tests : []) list.push([name, typeof test === "string" ? test : JSON.stringify(test)]);
  };
  if (column === undefined) add("", detail?.config.tests);
  for (const [name, entry] of Object.entries(detail?.columns ?? {})) if (column === undefined || name === column) add(name, entry.tests);
  return list;
}

export function Tests({ tests, declared }: { tests: TestInfo[]; declared: [string, string][] }) {
  if (tests.length)
    return (
      <ul class="tests">{tests.map((t) => (
        <li key={t.id} class={`test test-${t.status}`}>
          <i aria-hidden="true" /> <a href={`#/test/${part(t.id)}`}>{t.name}</a> {t.column ? <span class="mono muted">{t.column}</span> : null} <b>{t.status}</b>
          {t.failures ? <span> {count(t.failures, "row")}</span> : null} {t.message ? <span class="muted small">{t.message}</span> : null}
        </li>
      ))}</ul>
    );
  if (!declared.length) return <p class="muted">None are declared.</p>;
  return (
    <>
      <p class="muted">Declared, without a result in the last run:</p>
      <ul class="plain">{declared.map(([column, text], i) => <li key={i}>{column ? <span class="mono">{column} </span> : null}<code>{text}</code></li>)}</ul>
    </>
  );
}

export function Histogram({ stat, name }: { stat: Stat; name: string }) {
  const bars = stat.bars ?? [];
  const most = Math.max(1, ...bars.map(([, n]) => n));
  if (!bars.length) return null;
  const wide = 300 / bars.length;
  return (
    <svg class="histogram" viewBox="0 0 300 74" role="img" aria-label={`Distribution of ${name}: ${bars.map(([label, n]) => `${label}: ${n}`).join(", ")}`}>
      {bars.map(([label, n], i) => (
        <rect key={i} x={i * wide + 1} width={Math.max(1, wide - 2)} y={60 - (n / most) * 56} height={(n / most) * 56}><title>{`${label}: ${n.toLocaleString("en")}`}</title></rect>
      ))}
      <line x1="0" x2="300" y1="60.5" y2="60.5" />
      <text x="0" y="72">{bars[0][0].split(" to ")[0]}</text>
      <text x="300" y="72" text-anchor="end">{bars[bars.length - 1][0].split(" to ").pop()}</text>
    </svg>
  );
}

function percent(part: number, whole: number): string {
  if (!whole) return "";
  const share = (100 * part) / whole;
  return share === 0 ? "0 %" : share < 0.1 ? "< 0.1 %" : `${share.toFixed(share < 10 ? 1 : 0)} %`;
}

export function StatFacts({ stat }: { stat: Stat }) {
  return (
    <Facts facts={[
      ["rows", stat.rows?.toLocaleString("en") ?? ""],
      ["NULL", stat.nulls !== undefined && stat.rows !== undefined ? percent(stat.nulls, stat.rows) || "0 %" : ""],
      ["distinct, about", stat.distinct?.toLocaleString("en") ?? ""],
      ["least", stat.min === null || stat.min === undefined ? "" : String(stat.min)],
      ["mean", typeof stat.mean === "number" ? stat.mean.toPrecision(5) : ""],
      ["greatest", stat.max === null || stat.max === undefined ? "" : String(stat.max)],
    ]} />
  );
}

function TableStats({ detail }: { detail: Detail }) {
  const { stats } = detail;
  return (
    <>
      <Facts facts={[["rows", stats.rows?.toLocaleString("en") ?? ""], ["latest event time", stats.latest ?? ""], ["counted", stats.at ? when(stats.at) : ""]]} />
      {stats.columns ? (
        <div class="scroll"><table>
          <thead><tr><th scope="col">Column</th><th scope="col" class="num">NULL</th><th scope="col" class="num">Distinct</th><th scope="col">Least</th><th scope="col">Greatest</th><th scope="col">Distribution</th></tr></thead>
          <tbody>{Object.entries(stats.columns).map(([name, s]) => (
            <tr key={name}><td class="mono">{name}</td><td class="num">{s.nulls !== undefined && stats.rows ? percent(s.nulls, stats.rows) : ""}</td><td class="num">{s.distinct?.toLocaleString("en")}</td><td class="cut">{s.min ?? ""}</td><td class="cut">{s.max ?? ""}</td><td><Histogram stat={s} name={name} /></td></tr>
          ))}</tbody>
        </table></div>
      ) : null}
    </>
  );
}

function Snippets({ node, detail }: { node: NodeInfo; detail: Detail | null }) {
  const keys: string[] = detail?.config.keys ?? [];
  const where = keys.length ? `\nwhere ${keys.map((k) => `${k} = ?`).join(" and ")}` : "";
  const tabs: [string, preact.ComponentChildren][] = [["SQL", <Snippet text={`select *\nfrom ${node.online ?? node.relation}${node.online ? where : "\nlimit 100"}`} />]];
  if (node.kind === "feature_view") {
    tabs.push(["CLI", <Snippet text={`featsql retrieve --spine spine.parquet --timestamp decided_at --features ${node.name} -o features.parquet`} />]);
    tabs.push(["Python", <Snippet text={`from featsql import Project\n\ntable = Project(".").retrieve("spine.parquet", timestamp="decided_at", features=["${node.name}"])`} />]);
  } else {
    tabs.push(["CLI", <Snippet text={`featsql build -s +${node.name}\nfeatsql show ${node.name}`} />]);
    tabs.push(["Python", <Snippet text={`from featsql import Project\n\ntable = Project(".").show("${node.name}", limit=None)`} />]);
  }
  return <Tabs label="Ways to get it" tabs={tabs} />;
}

export function Definitions({ node, detail, line }: { node: NodeInfo; detail: Detail; line?: number }) {
  const tabs: [string, preact.ComponentChildren][] = [];
  if (detail.raw) tabs.push(["As written", <Code text={detail.raw} place={node.path} mark={line} />]);
  for (const [dialect, text] of Object.entries(detail.sql)) tabs.push([`Compiled for ${dialect}`, <Code text={text} place={node.relation} />]);
  for (const [dialect, text] of Object.entries(detail.online)) tabs.push([`Online, ${dialect}`, <Code text={text} place={node.online ?? ""} />]);
  return tabs.length ? <Tabs label="SQL" tabs={tabs} /> : <p class="muted">It has no SQL of its own.</p>;
}
