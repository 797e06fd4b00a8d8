// One column; of a feature view: one feature, with all that there is to know of it.
import { nodes, table, useData, useDetail, useLineage, type Columns, type NodeInfo } from "../data";
import { Code, Snippet, Sql } from "../sql";
import { Timeline } from "../timeline";
import { Crumbs, Facts, HealthMark, hrefOf, Kind, NodeLink, Owner, part, Section, Tabs, Tags, testsOf } from "../ui";
import { ColumnLineage } from "./lineage";
import { declaredTests, Definitions, Histogram, StatFacts, Tests } from "./node";

const EXACTNESS = table({
  exact: "exact: the same to the last bit in training, online and history, on every engine",
  "float-reordered": "floating point: may differ by rounding from one strategy to another",
  sketch: "an estimate, by a sketch",
});

export function ColumnPage({ node, name }: { node: NodeInfo; name: string }) {
  const detail = useDetail(node);
  const columns = useData<Columns>("columns")?.[node.i];
  const lineage = useLineage();
  const column = columns?.find((c) => c.name.toLowerCase() === name.toLowerCase());
  const feature = detail?.features[column?.name ?? name];
  const uses = lineage ? lineage.walk(node.i, column?.name ?? name, "down").filter((e) => nodes[e.target]) : [];
  const sets = [...new Map(uses.filter((e) => nodes[e.target].kind === "training_set").map((e) => [`${e.target}.${e.targetColumn}`, e])).values()];
  const own = lineage?.inputs(node.i, column?.name ?? name)[0];
  const line = own?.place ? Number(own.place.split(":").slice(-2)[0]) : undefined;
  const stat = detail?.stats?.columns?.[column?.name ?? name];
  const consumers = nodes.filter((n) => n.kind === "exposure" && n.parents.some((p) => p === node.i || sets.some((e) => e.target === p)));
  const tests = testsOf(node, name);
  const lookups = (detail?.lookups ?? []).filter((l) => (feature?.windows.length ? l.windows.some((w) => feature.windows.includes(w)) : l.finds === "latest"));
  return (
    <>
      <Crumbs steps={[<a href="#/">Home</a>, ...(feature ? node.entities.slice(0, 1).map((e) => <a href={`#/entity/${part(e)}`}>{e}</a>) : []), <a href={hrefOf(node)}>{node.name}</a>, name]} />
      <header class="page-head">
        <p>{feature ? <span class="kind kind-feature">Feature</span> : <Kind kind={node.kind} />} <span class="mono muted">{column?.type ?? ""}</span> <HealthMark node={node} quiet /></p>
        <h1><span class="of">{node.name}.</span>{name}</h1>
        {column?.description ? <p class="lead">{column.description}</p> : null}
        {feature ? <div class="expression"><Sql text={feature.expression} /></div> : null}
        <Facts facts={[
          ["feature view", feature ? <NodeLink node={node} /> : ""],
          ["owner", <Owner name={node.owner} />],
          ["keys", feature && detail?.config.keys?.length ? <span class="mono">{detail.config.keys.join(", ")}</span> : ""],
          ["over", feature ? feature.windows.join(", ") || "the latest row" : ""],
          ["exactness", feature ? `${EXACTNESS[feature.exactness] ?? feature.exactness}${feature.error ? `, typically ${(feature.error * 100).toFixed(1)} % off` : ""}` : ""],
          ["strategy", lookups.length ? lookups.map((l, i) => <span key={i} class="strategy"><b>{l.strategy}</b> {l.why}</span>) : ""],
          ["online", feature && node.online ? <span class="mono">{node.online}</span> : ""],
          ["tags", node.tags.length ? <Tags node={node} /> : ""],
        ]} />
      </header>
      {feature && detail ? <Section title="When is it known"><Timeline config={detail.config} windows={feature.windows} latest={!feature.windows.length || Boolean(detail.config.ttl_us && /\bover\b/.test(feature.expression) === false)} /></Section> : null}
      <Section title="Lineage"><ColumnLineage node={node} column={column?.name ?? name} /></Section>
      <Section title="Used by" note={sets.length ? String(sets.length) : undefined}>
        {sets.length ? <ul class="plain">{sets.map((e) => <li key={`${e.target}.${e.targetColumn}`}><NodeLink node={nodes[e.target]} column={e.targetColumn} /></li>)}</ul> : <p class="muted">{lineage === undefined ? "Reading lineage\u2026" : "No training set uses it."}</p>}
        {consumers.length ? <p>Consumers: {consumers.map((n) => <NodeLink node={n} />)}</p> : null}
      </Section>
      <Section title="Tests"><Tests tests={tests} declared={declaredTests(detail ?? null, column?.name ?? name)} /></Section>
      {stat ? <Section title="Statistics"><Histogram stat={stat} name={name} /><StatFacts stat={{ rows: detail?.stats?.rows, ...stat }} /></Section> : feature ? <Section title="Statistics"><p class="muted">Not counted: <code>featsql docs generate --stats</code> counts, with one scan a table.</p></Section> : null}
      {feature ? <Section title="Get it"><FeatureSnippets node={node} name={name} keys={detail?.config.keys ?? []} timestamp={detail?.config.timestamp ?? ""} /></Section> : null}
      {detail ? <Section title="Definition"><Definitions node={node} detail={detail} line={line} /></Section> : null}
      {detail && own?.expression && !feature ? <Section title="Expression"><Code text={own.expression} place={own.place} /></Section> : null}
    </>
  );
}

function FeatureSnippets({ node, name, keys, timestamp }: { node: NodeInfo; name: string; keys: string[]; timestamp: string }) {
  const where = keys.length ? `\nwhere ${keys.map((k) => `${k} = ?`).join(" and ")}` : "";
  const full = `${node.name}.${name}`;
  const sql = node.online
    ? `-- its value now\nselect ${[...keys, name, "as_of_time"].join(", ")}\nfrom ${node.online}${where}`
    : `-- its history\nselect ${[...keys, timestamp, name].filter(Boolean).join(", ")}\nfrom ${node.relation}`;
  const key = keys.map((k) => `--key ${keys.length > 1 ? `${k}=` : ""}VALUE`).join(" ");
  return (
    <Tabs label="Ways to get it" tabs={[
      ["SQL", <Snippet text={sql} />],
      ["CLI", <Snippet text={`featsql retrieve --spine spine.parquet --timestamp decided_at --features ${full} -o features.parquet\nfeatsql why ${full} ${key} --at 2026-01-31T12:00:00Z`} />],
      ["Python", <Snippet text={`from featsql import Project\n\ntable = Project(".").retrieve("spine.parquet", timestamp="decided_at", features=["${full}"])`} />],
      ["Training set", <Snippet text={`features:\n  - ${full}`} />],
    ]} />
  );
}
