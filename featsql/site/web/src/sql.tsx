// SQL, Jinja and YAML headers with a little colour. Words become text nodes: nothing is ever read as markup.
import { Copy } from "./ui";

const KEYWORDS = new Set(
  ("select from where group by having order limit offset union all intersect except with recursive as on using join left right full inner outer cross lateral asof semi anti natural " +
    "case when then else end and or not in is null like ilike between exists distinct over partition rows range preceding following current row unbounded filter window qualify " +
    "cast interval true false asc desc nulls first last values exclude replace rename unnest create table view").split(" "),
);
const TOKEN = /(\{#[\s\S]*?#\}|\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}|\/\*[\s\S]*?\*\/|--[^\n]*)|('(?:[^']|'')*')|("(?:[^"]|"")*")|(\b\d+(?:\.\d+)?\b)|([A-Za-z_][A-Za-z0-9_]*)(\s*\()?/g;

function pieces(text: string) {
  const found: preact.ComponentChildren[] = [];
  let at = 0;
  for (const match of text.matchAll(TOKEN)) {
    if (match.index! > at) found.push(text.slice(at, match.index));
    const [whole, comment, string, quoted, number, word, call] = match;
    if (comment) found.push(<span class={comment.startsWith("{{") || comment.startsWith("{%") ? "s-jinja" : "s-comment"}>{whole}</span>);
    else if (string) found.push(<span class="s-string">{whole}</span>);
    else if (quoted) found.push(whole);
    else if (number) found.push(<span class="s-number">{whole}</span>);
    else if (KEYWORDS.has(word.toLowerCase()) && !(call && !["in", "over", "filter", "using", "values", "as", "on", "and", "or", "not", "exists"].includes(word.toLowerCase())))
      found.push(<span class="s-word">{word}</span>, call ?? "");
    else if (call) found.push(<span class="s-call">{word}</span>, call);
    else found.push(whole);
    at = match.index! + whole.length;
  }
  found.push(text.slice(at));
  return found;
}

const MOST = 60_000;

export function Code({ text, place, mark }: { text: string; place?: string; mark?: number }) {
  const lines = text.replace(/\n+$/, "").split("\n");
  const coloured = text.length <= MOST;
  const show = (pre: HTMLElement | null) => {
    if (pre && mark) pre.scrollTop = Math.max(0, (pre.scrollHeight / lines.length) * (mark - 8));
  };
  return (
    <div class="code">
      <div class="code-head"><span class="mono">{place ?? ""}</span><Copy text={text} /></div>
      <pre tabIndex={0} aria-label={place ?? "code"} ref={show}>
        <code class="gutter" aria-hidden="true">{lines.map((_, i) => (i + 1 === mark ? <b>{`${i + 1}\n`}</b> : `${i + 1}\n`))}</code>
        <code>{coloured ? pieces(lines.join("\n")) : lines.join("\n")}</code>
      </pre>
    </div>
  );
}

export function Sql({ text }: { text: string }) {
  return <code class="inline-sql">{pieces(text)}</code>;
}

export function Snippet({ text }: { text: string }) {
  return (
    <div class="code">
      <pre tabIndex={0}><code>{text}</code></pre>
      <Copy text={text} />
    </div>
  );
}
