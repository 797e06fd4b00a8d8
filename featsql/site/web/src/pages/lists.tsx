// Pages that gather: an entity, an owner, tests, everything by a selector.
import { useMemo, useState } from "preact/hooks";
import { index, nodes, useData, type Columns } from "../data";
import { select } from "../select";
import { Code } from "../sql";
import { ColumnTable, count, Crumbs, Facts, NodeLink, owners, Section, took } from "../ui";
import { NodeTable } from "./home";
import { Tests } from "./node";

export function EntityPage({ name }: { name: string }) {
  const entity = index.entities.find((e) => e.name.toLowerCase() === name.toLowerCase());
  const columns = useData<Columns>("columns");
  if (!entity) return <Missing what={`entity ${name}`} />;
  const views = entity.views.map((i) => nodes[i]);
  const sets = [...new Set(views.flatMap((v) => v.children))].map((i) => nodes[i]).filter((n) => n.kind === "training_set");
  return (
    <>
      <Crumbs steps={[<a href="#/">Home</a>, "Entity", entity.name]} />
      <header class="page-head">
        <p><span class="kind kind-entity">Entity</span></p>
        <h1>{entity.name}</h1>
        {entity.description ? <p class="lead">{entity.description}</p> : null}
        <Facts facts={[["keys", <span class="mono">{entity.keys.join(", ")}</span>], ["features", String(views.reduce((sum, v) => sum + v.columns, 0))], ["used by", sets.length ? sets.map((n) => <NodeLink node={n} />) : ""]]} />
      </header>
      {views.map((view) => (
        <Section key={view.id} title={view.name} note={view.description}>
          <p><NodeLink node={view} /></p>
          {columns ? <ColumnTable node={view} columns={columns[view.i].filter((c) => c.feature)} /> : null}
        </Section>
      ))}
    </>
  );
}

export function OwnerPage({ name }: { name: string }) {
  const list = owners().get(name);
  if (!list) return <Missing what={`owner ${name}`} />;
  return (
    <>
      <Crumbs steps={[<a href="#/">Home</a>, "Owner", name]} />
      <header class="page-head"><p><span class="kind kind-owner">Owner</span></p><h1>{name}</h1><p class="lead">{count(list.length, "node")}</p></header>
      <NodeTable list={list} kinds />
    </>
  );
}

export function Browse({ query }: { query: string }) {
  const [text, set] = useState(query);
  const list = useMemo(() => {
    const chosen = select(text);
    return chosen ? nodes.filter((n) => chosen.has(n.i)) : nodes;
  }, [text]);
  const columns = useData<Columns>("columns");
  const features = useMemo(() => (columns ? list.flatMap((n) => (n.kind === "feature_view" ? columns[n.i].filter((c) => c.feature).map((c) => ({ n, c })) : [])) : []), [list, columns]);
  return (
    <>
      <header class="page-head"><h1>Everything</h1>
        <label class="filter">Selector <input type="search" spellcheck={false} value={text} placeholder="kind:feature_view owner:growth,tag:daily +late_arrivals" onInput={(e) => set(e.currentTarget.value)} /></label>
      </header>
      <Section title="Nodes" note={list.length.toLocaleString("en")}><NodeTable list={list} kinds /></Section>
      {features.length ? (
        <Section title="Features" note={features.length.toLocaleString("en")}>
          <div class="scroll"><table>
            <thead><tr><th scope="col">Feature</th><th scope="col">What it means</th><th scope="col">Type</th></tr></thead>
            <tbody>{features.slice(0, 300).map(({ n, c }) => <tr key={`${n.i}.${c.name}`}><td><NodeLink node={n} column={c.name} /></td><td>{c.description}</td><td class="mono muted">{c.type ?? "?"}</td></tr>)}</tbody>
          </table></div>
          {features.length > 300 ? <p class="muted">and {(features.length - 300).toLocaleString("en")} more</p> : null}
        </Section>
      ) : null}
    </>
  );
}

export function TestsPage() {
  const by = ["fail", "error", "warn", "skipped", "pass"];
  const list = [...index.tests].sort((a, b) => by.indexOf(a.status) - by.indexOf(b.status));
  return (
    <>
      <header class="page-head"><h1>Tests</h1><p class="lead">{list.length ? `${count(list.length, "test")} in the last run` : "The last run has no results of tests."}</p></header>
      {list.length ? <Tests tests={list.slice(0, 1000)} declared={[]} /> : <p class="muted">Tests are declared in headers and <code>.yml</code> files; a run that tests leaves results.</p>}
    </>
  );
}

export function TestPage({ id }: { id: string }) {
  const test = index.tests.find((t) => t.id === id);
  const sql = useData<Record<string, string>>("tests");
  if (!test) return <Missing what={`test ${id}`} />;
  const node = nodes[test.node];
  return (
    <>
      <Crumbs steps={[<a href="#/">Home</a>, <a href="#/tests">Tests</a>, test.name]} />
      <header class="page-head"><p><span class="kind kind-test">Test</span> <b class={`test-${test.status}`}>{test.status}</b></p><h1>{test.name}</h1>
        {test.message ? <p class="lead">{test.message}</p> : null}
        <Facts facts={[["kind", test.kind], ["of", node ? <NodeLink node={node} column={test.column ?? undefined} /> : ""], ["severity", test.severity], ["failing rows", test.failures === null ? "" : test.failures.toLocaleString("en")], ["took", took(test.seconds)], ["declared at", test.place ? <span class="mono">{test.place}</span> : ""]]} />
      </header>
      {sql?.[test.id] ? <Section title="SQL"><Code text={sql[test.id]} /></Section> : null}
    </>
  );
}

export function Missing({ what }: { what: string }) {
  return <><h1>There is no {what}</h1><p><a href="#/">Home</a>, or search above.</p></>;
}
