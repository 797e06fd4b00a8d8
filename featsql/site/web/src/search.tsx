// Search over names, columns, descriptions, owners and tags; forgives typing errors.
import MiniSearch from "minisearch";
import { useEffect, useRef, useState } from "preact/hooks";
import { index, load, nodes, table, type Columns } from "./data";
import { columnHref, hrefOf, KINDS, owners, part } from "./ui";

export interface Hit {
  id: string;
  name: string;
  kind: string;
  text: string;
  href: string;
}
const WEIGHTS = table({ Feature: 1.3, "Feature view": 1.5, "Training set": 1.4, Entity: 1.4, Model: 1.2, Column: 0.7 });
type Doc = Hit & { owner: string; tags: string };
let engine: MiniSearch<Doc> | null = null;
let whole: Promise<void> | null = null;

function create(): MiniSearch<Doc> {
  const found = new MiniSearch<Doc>({
    fields: ["name", "text", "owner", "tags"],
    storeFields: ["name", "kind", "text", "href"],
    tokenize: (text) => text.split(/[\s\-_./,:;()]+/).filter(Boolean).concat(/[_.]/.test(text) ? text.split(/\s+/) : []),
    searchOptions: { boost: { name: 4, tags: 2, owner: 2 }, prefix: true, fuzzy: (term) => (term.length > 3 ? 0.25 : false), combineWith: "AND" },
  });
  found.addAll(
    nodes.map((n) => ({ id: `n${n.i}`, name: n.name, kind: KINDS[n.kind] ?? n.kind, text: n.description, owner: n.owner, tags: n.tags.join(" "), href: hrefOf(n) })),
  );
  found.addAll(index.entities.map((e, i) => ({ id: `e${i}`, name: e.name, kind: "Entity", text: `${e.description} ${e.keys.join(" ")}`, owner: "", tags: "", href: `#/entity/${part(e.name)}` })));
  found.addAll([...owners().keys()].map((o, i) => ({ id: `o${i}`, name: o, kind: "Owner", text: "", owner: "", tags: "", href: `#/owner/${part(o)}` })));
  found.addAll(index.tests.map((t, i) => ({ id: `t${i}`, name: t.name, kind: "Test", text: t.message, owner: "", tags: t.kind, href: `#/test/${part(t.id)}` })));
  return found;
}

/** Columns are many: they come in when somebody begins to search, a few at a time. */
function withColumns(): Promise<void> {
  whole ??= load<Columns>("columns").then((columns) => {
    const docs: Doc[] = [];
    columns.forEach((list, i) =>
      list.forEach((c, k) =>
        docs.push({ id: `c${i}.${k}`, name: c.name, kind: c.feature ? "Feature" : "Column", text: `${nodes[i].name} \u00b7 ${c.description}`, owner: nodes[i].owner, tags: nodes[i].tags.join(" "), href: columnHref(nodes[i], c.name) }),
      ),
    );
    return engine!.addAllAsync(docs, { chunkSize: 400 });
  });
  return whole;
}

export function find(words: string): Hit[] {
  engine ??= create();
  const boost = (_: string, __: string, stored?: Record<string, unknown>) =>
    WEIGHTS[String(stored?.kind)] ?? 1;
  let found = engine.search(words, { boostDocument: boost });
  if (!found.length) found = engine.search(words, { combineWith: "OR", boostDocument: boost });
  return found.slice(0, 40) as unknown as Hit[];
}

export function Search({ autofocus }: { autofocus?: boolean }) {
  const [words, setWords] = useState("");
  const [at, setAt] = useState(0);
  const [open, setOpen] = useState(false);
  const [, tick] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const slash = (e: KeyboardEvent) => {
      const typing = /^(input|textarea|select)$/i.test((e.target as Element).tagName);
      if ((e.key === "/" && !typing) || (e.key === "k" && (e.ctrlKey || e.metaKey))) {
        e.preventDefault();
        input.current?.focus();
        input.current?.select();
      }
    };
    addEventListener("keydown", slash);
    if (autofocus) input.current?.focus();
    return () => removeEventListener("keydown", slash);
  }, []);
  const hits = words.trim() ? find(words) : [];
  const shown = open && words.trim() !== "";
  const begin = () => {
    setOpen(true);
    engine ??= create();
    withColumns().then(() => tick((n) => n + 1), () => {});
  };
  const go = (hit: Hit) => {
    location.hash = hit.href.slice(1);
    setOpen(false);
    setWords("");
    input.current?.blur();
  };
  const key = (e: KeyboardEvent) => {
    if (e.key === "ArrowDown") setAt((at + 1) % Math.max(1, hits.length));
    else if (e.key === "ArrowUp") setAt((at - 1 + hits.length) % Math.max(1, hits.length));
    else if (e.key === "Enter" && hits[at]) go(hits[at]);
    else if (e.key === "Escape") {
      setOpen(false);
      input.current?.blur();
    } else return;
    e.preventDefault();
  };
  useEffect(() => document.getElementById(`hit-${at}`)?.scrollIntoView({ block: "nearest" }), [at]);
  return (
    <div class="search" role="search" onFocusOut={(e) => !(e.currentTarget as Element).contains(e.relatedTarget as globalThis.Node) && setOpen(false)}>
      <input
        ref={input} type="search" list={undefined} placeholder="Search features, columns, owners" aria-label="Search" role="combobox" aria-expanded={shown} aria-controls="hits"
        aria-activedescendant={shown && hits.length ? `hit-${at}` : undefined} autocomplete="off" spellcheck={false} value={words}
        onFocus={begin} onInput={(e) => { setWords(e.currentTarget.value); setAt(0); setOpen(true); }} onKeyDown={key}
      />
      <kbd aria-hidden="true">/</kbd>
      {shown ? (
        <ul id="hits" role="listbox" aria-label="Found">
          {hits.map((hit, i) => (
            <li key={hit.id} id={`hit-${i}`} role="option" aria-selected={i === at} onMouseDown={(e) => { e.preventDefault(); go(hit); }} onMouseMove={() => i !== at && setAt(i)}>
              <b>{hit.name}</b><span class="hit-kind">{hit.kind}</span><span class="hit-text">{hit.text}</span>
            </li>
          ))}
          {hits.length === 0 ? <li class="muted" role="option" aria-selected={false}>Nothing is named like that</li> : null}
        </ul>
      ) : null}
    </div>
  );
}
