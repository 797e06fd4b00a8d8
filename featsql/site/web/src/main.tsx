import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import "./style.css";
import { byId, index, start } from "./data";
import { ColumnPage } from "./pages/column";
import { Home } from "./pages/home";
import { GraphPage } from "./pages/lineage";
import { Browse, EntityPage, Missing, OwnerPage, TestPage, TestsPage } from "./pages/lists";
import { NodePage } from "./pages/node";
import { Search } from "./search";
import { when } from "./ui";

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function useRoute(): string {
  const [route, set] = useState(location.hash.slice(1) || "/");
  useEffect(() => {
    const change = () => {
      set(location.hash.slice(1) || "/");
      scrollTo(0, 0);
      document.getElementById("main")?.focus({ preventScroll: true });
    };
    addEventListener("hashchange", change);
    return () => removeEventListener("hashchange", change);
  }, []);
  return route;
}

function Page({ route }: { route: string }) {
  const [path, query = ""] = route.split("?");
  const [, page = "", first = "", second = ""] = path.split("/").map(decoded);
  const words = new URLSearchParams(query);
  const node = byId.get(first);
  switch (page) {
    case "":
      return <Home />;
    case "node":
      return node ? <NodePage key={route} node={node} /> : <Missing what={`node ${first}`} />;
    case "column":
      return node ? <ColumnPage key={route} node={node} name={second} /> : <Missing what={`node ${first}`} />;
    case "entity":
      return <EntityPage name={first} />;
    case "owner":
      return <OwnerPage name={first} />;
    case "browse":
      return <Browse key={route} query={words.get("q") ?? ""} />;
    case "tests":
      return <TestsPage />;
    case "test":
      return <TestPage id={first} />;
    case "graph":
      return <GraphPage key={route} query={words} />;
    default:
      return <Missing what={`page ${page}`} />;
  }
}

const THEMES = ["auto", "light", "dark"];

function Theme() {
  const [theme, set] = useState(() => stored("theme") ?? "auto");
  useEffect(() => {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem("featsql-theme", theme);
    } catch {
      // pages from disk may have no storage
    }
  }, [theme]);
  return <button type="button" class="theme" onClick={() => set(THEMES[(THEMES.indexOf(theme) + 1) % 3])} aria-label={`Colours: ${theme}`} title="Colours">{{ auto: "\u25d0", light: "\u2600", dark: "\u263e" }[theme]}</button>;
}
function stored(name: string): string | null {
  try {
    return localStorage.getItem(`featsql-${name}`);
  } catch {
    return null;
  }
}

function App() {
  const route = useRoute();
  const wide = route.startsWith("/graph");
  const at = (page: string) => (route === page || route.startsWith(`${page}?`) || route.startsWith(`${page}/`) ? "page" : undefined);
  useEffect(() => {
    const [, , id, column] = route.split("?")[0].split("/").map(decoded);
    const name = byId.get(id)?.name ?? id;
    document.title = [column ? `${name}.${column}` : name, index.project].filter(Boolean).join(" \u00b7 ");
  }, [route]);
  return (
    <>
      <a class="skip" href="#main" onClick={(e) => { e.preventDefault(); document.getElementById("main")?.focus(); }}>To the content</a>
      <header class="top">
        <a class="brand" href="#/">{index.project}</a>
        <nav aria-label="Pages">
          <a href="#/browse" aria-current={at("/browse")}>Browse</a>
          <a href="#/graph" aria-current={at("/graph")}>Lineage</a>
          <a href="#/tests" aria-current={at("/tests")}>Tests</a>
        </nav>
        <Search />
        <Theme />
      </header>
      <main id="main" tabIndex={-1} class={wide ? "wide" : undefined}><Page route={route} /></main>
      {wide ? null : <footer>featsql {index.version}, generated {when(index.generated_at)}, target {index.target}</footer>}
    </>
  );
}

/** While `featsql docs serve` runs, the page is read again when the project changes. */
function follow(): void {
  let seen = "";
  setInterval(async () => {
    if (document.hidden) return;
    try {
      const now = await (await fetch("version")).text();
      if (seen && now !== seen) location.reload();
      seen = now;
    } catch {
      seen ||= "";
    }
  }, 1000);
}

start().then(
  () => {
    const root = document.getElementById("app")!;
    root.textContent = "";
    render(<App />, root);
    if (index.live && location.protocol.startsWith("http")) follow();
  },
  (error) => (document.getElementById("app")!.textContent = String(error)),
);
