// The windows of a feature on a line that ends at t: which rows count, by event time and by known time.
import { table } from "./data";
import { duration } from "./ui";

type Extent = "all" | { range_us?: number; offset_us?: number; rows?: number; calendar?: string; back?: number; timezone?: string };
interface Bar {
  name: string;
  note: string;
  start: number | null; // microseconds before t; null: no end
  end: number;
  left: boolean; // do the ends belong?
  right: boolean;
  tone: string;
}
const UNIT_US = table({ day: 864e8, week: 6048e8, month: 2592e9, quarter: 7776e9, year: 31536e9 });
const ENDS = table<[boolean, boolean]>({ left: [true, false], right: [false, true], both: [true, true], neither: [false, false] });

export function Timeline({ config, windows, latest }: { config: Record<string, any>; windows: string[]; latest: boolean }) {
  const closed = String(config.closed ?? "left");
  const ends = ENDS[closed] ?? [true, false];
  const named: Record<string, Extent> = config.windows ?? {};
  const bars = windows.filter((name) => named[name] !== undefined).map((name) => bar(name, named[name], ends));
  if (latest) bars.push({ name: "latest row", note: config.ttl_us ? `ttl ${duration(config.ttl_us)}` : "no ttl", start: config.ttl_us ?? null, end: 0, left: ends[0], right: ends[1], tone: "feature_view" });
  const delayed = Boolean(config.available_at || config.delay_us);
  const marks = [...new Set(bars.flatMap((b) => [b.start, b.end]).filter((x): x is number => x !== null && x > 0))].sort((a, b) => a - b);
  const [left, right, top] = [150, 590, 46];
  const gap = (right - left) / (marks.length + 1);
  const x = (us: number | null) => (us === null ? left - 18 : us === 0 ? right : right - gap * (marks.indexOf(us) + 1));
  const known = config.available_at ? `known at ${config.available_at}` : config.delay_us ? `known ${duration(config.delay_us)} later` : "";
  const height = top + bars.length * 34 + (delayed ? 74 : 22);
  const base = top + bars.length * 34;
  const said = bars.map((b) => `${b.name}: ${b.note}`).join("; ");
  return (
    <figure class="timeline">
      <svg viewBox={`0 0 760 ${height}`} role="img" aria-label={`Windows before t. ${said}. ${known}`}>
        <line class="t-line" x1={right} y1={24} x2={right} y2={height - 8} />
        <text class="t-strong" x={right} y={16} text-anchor="middle">t, as-of time</text>
        {marks.map((us) => (
          <g key={us}>
            <line class="t-grid" x1={x(us)} y1={34} x2={x(us)} y2={base} />
            <text class="t-small" x={x(us)} y={30} text-anchor="middle">{`t \u2212 ${duration(us)}`}</text>
          </g>
        ))}
        {bars.map((b, i) => {
          const y = top + i * 34 + 14;
          const [from, to] = [x(b.start), x(b.end)];
          return (
            <g key={b.name}>
              <text class="t-name" x={8} y={y + 4}>{b.name.length > 19 ? `${b.name.slice(0, 18)}\u2026` : b.name}</text>
              <line class={`t-bar tone-stroke-${b.tone}`} x1={from} y1={y} x2={to} y2={y} stroke-dasharray={b.start === null ? "1 0" : undefined} />
              {b.start === null ? <path class="t-open" d={`M${from + 8} ${y - 7}L${from} ${y}L${from + 8} ${y + 7}`} /> : <circle class={b.left ? "t-in" : "t-out"} cx={from} cy={y} r={5.5} />}
              <circle class={b.right ? "t-in" : "t-out"} cx={to} cy={y} r={5.5} />
              <text class="t-note" x={(from + to) / 2} y={y - 9} text-anchor="middle">{b.note}</text>
            </g>
          );
        })}
        {delayed ? (
          <g>
            <text class="t-name" x={8} y={base + 34}>a row</text>
            <circle class="t-event" cx={right - gap * 0.62} cy={base + 30} r={5} />
            <path class="t-way" d={`M${right - gap * 0.62 + 8} ${base + 30}H${right - 26 - 8}`} />
            <circle class="t-known" cx={right - 26} cy={base + 30} r={5} />
            <text class="t-small" x={right - gap * 0.62} y={base + 52} text-anchor="middle">event time</text>
            <text class="t-small" x={right + 8} y={base + 34}>{known.length > 30 ? `${known.slice(0, 29)}\u2026` : known}</text>
          </g>
        ) : null}
      </svg>
      <figcaption>
        Rows count by <b>event time</b> ({String(config.timestamp)}), and only those whose <b>known time</b>{" "}
        ({config.available_at ? String(config.available_at) : config.delay_us ? `${duration(config.delay_us)} after it` : "the same"}) is{" "}
        {ends[1] ? "at t or before" : "before t"}: <code>closed: {closed}</code>. A full dot belongs to the window, a hollow one does not. Not to scale.
      </figcaption>
    </figure>
  );
}

function bar(name: string, extent: Extent, [left, right]: [boolean, boolean]): Bar {
  const tone = "training_set";
  if (extent === "all") return { name, note: "everything before", start: null, end: 0, left, right, tone };
  if (extent.rows !== undefined) return { name, note: `the ${extent.rows} latest rows`, start: null, end: 0, left, right, tone };
  if (extent.calendar) {
    const back = extent.back ?? 0;
    const unit = UNIT_US[extent.calendar] ?? 864e8;
    return { name, note: `from the start of the ${extent.calendar}${back ? `, ${back} back` : ""}, ${extent.timezone}`, start: unit * (back + 1), end: 0, left: true, right, tone };
  }
  const [range, offset] = [extent.range_us ?? 0, extent.offset_us ?? 0];
  return { name, note: duration(range), start: range + offset, end: offset, left, right, tone };
}
