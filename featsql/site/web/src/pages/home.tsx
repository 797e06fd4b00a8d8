import { index, nodes, type NodeInfo } from "../data";
import { ago, count, health, HealthMark, Kind, NodeLink, Owner, part, Section, took, when } from "../ui";

export function Home() {
  const of = (kind: string) => nodes.filter((n) => n.kind === kind);
  const views = of("feature_view");
  const features = views.reduce((sum, n) => sum + n.columns, 0);
  const bad = nodes.filter((n) => ["bad", "warn"].includes(health(n).tone));
  const alone = views.filter((n) => !n.entities.length);
  return (
    <>
      <header class="hero">
        <h1>{index.project}</h1>
        <p class="lead">
          {count(features, "feature")} in {count(views.length, "feature view")} of {count(index.entities.length, "entity")}, {count(of("training_set").length, "training set")},{" "}
          {count(of("model").length + of("seed").length, "model")} over {count(of("source").length, "source")}
        </p>
      </header>
      <RunHealth bad={bad} />
      <Section title="Entities" note="what features are about">
        <div class="cards">
          {index.entities.map((e) => (
            <a class="card" href={`#/entity/${part(e.name)}`} key={e.name}>
              <h3>{e.name}</h3>
              <p class="mono muted">{e.keys.join(", ")}</p>
              <p>{e.description}</p>
              <p class="card-foot">{count(e.views.reduce((sum, i) => sum + nodes[i].columns, 0), "feature")} in {count(e.views.length, "view")}</p>
            </a>
          ))}
          {alone.length ? (
            <div class="card">
              <h3>everything</h3>
              <p class="muted">one series for all rows</p>
              {alone.slice(0, 8).map((n) => <p key={n.id}><NodeLink node={n} /></p>)}
            </div>
          ) : null}
        </div>
      </Section>
      <Section title="Training sets">
        <NodeTable list={of("training_set")} />
      </Section>
      <Section title="Feature views" note={<a href="#/browse?q=kind:feature_view">all nodes</a>}>
        <NodeTable list={views} />
      </Section>
      {of("exposure").length ? <Section title="Consumers"><NodeTable list={of("exposure")} /></Section> : null}
    </>
  );
}

function RunHealth({ bad }: { bad: NodeInfo[] }) {
  const { run, tests } = index;
  const failed = tests.filter((t) => t.status === "fail" || t.status === "error");
  const built = nodes.filter((n) => n.status === "success").length;
  const wrong = nodes.filter((n) => n.status === "error").length;
  const stale = bad.filter((n) => health(n).words.startsWith("online"));
  const tone = wrong || failed.length ? "bad" : stale.length ? "warn" : run ? "good" : "none";
  return (
    <section class={`status status-${tone}`} aria-label="Health">
      <div class="status-figures">
        <div><b>{run ? ago(run.at) : "never"}</b><span>last {run?.command || "run"}{run ? `, ${took(run.elapsed)}` : ""}</span></div>
        <div><b>{built}</b><span>built</span></div>
        <div class={wrong ? "is-bad" : ""}><b>{wrong}</b><span>failed</span></div>
        <div class={failed.length ? "is-bad" : ""}><b>{failed.length}<small>{tests.length ? ` of ${tests.length}` : ""}</small></b><span><a href="#/tests">tests failed</a></span></div>
        <div class={stale.length ? "is-warn" : ""}><b>{stale.length}</b><span>stale online tables</span></div>
      </div>
      {run ? <p class="muted small">as of {when(run.as_of || run.at)}, target {index.target} ({index.adapter})</p> : <p class="muted">Nothing has been run yet: <code>featsql build</code></p>}
      {bad.length ? (
        <ul class="plain">
          {bad.slice(0, 12).map((n) => <li key={n.id}><NodeLink node={n} /> <HealthMark node={n} />{n.message ? <span class="muted small"> {n.message.split("\n")[0].slice(0, 160)}</span> : null}</li>)}
          {bad.length > 12 ? <li><a href="#/browse?q=result:error">and {bad.length - 12} more</a></li> : null}
        </ul>
      ) : null}
    </section>
  );
}

export function NodeTable({ list, kinds }: { list: NodeInfo[]; kinds?: boolean }) {
  if (!list.length) return <p class="muted">None.</p>;
  return (
    <div class="scroll"><table class="nodes">
      <thead><tr><th scope="col">Name</th>{kinds ? <th scope="col">Kind</th> : null}<th scope="col">What it is</th><th scope="col" class="num">Columns</th><th scope="col">Owner</th><th scope="col">Health</th></tr></thead>
      <tbody>{list.slice(0, 400).map((n) => (
        <tr key={n.id}>
          <td><NodeLink node={n} /></td>
          {kinds ? <td><Kind kind={n.kind} /></td> : null}
          <td class="what">{n.description}</td>
          <td class="num">{n.columns || ""}</td>
          <td><Owner name={n.owner} /></td>
          <td><HealthMark node={n} quiet /></td>
        </tr>
      ))}</tbody>
    </table>{list.length > 400 ? <p class="muted">and {(list.length - 400).toLocaleString("en")} more: search, or filter with a selector</p> : null}</div>
  );
}
