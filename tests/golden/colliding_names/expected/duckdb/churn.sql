with spine_query as (
    -- the rows that ask, as the model selects them
    select
        customer_id,
        decided_at,
        churned,
        1 as as_of_us,
        2 as spine_row
    from read_csv('/project/data/decisions.csv') as decisions
),
spine as materialized (
    -- the rows that ask, numbered, with `decided_at` in microseconds of UTC
    select
        q.*,
        row_number() over () as spine_row_2,
        epoch_us(q.decided_at) as as_of_us_2
    from spine_query as q
),
a2_body as (
    -- the rows of `a` as its model selects them
    select
        customer_id,
        epoch_us(ordered_at) as event_us,
        amount
    from read_csv('/project/data/orders.csv') as orders
    where status = 'ok'
),
a2_rows as materialized (
    -- those that become known to someone, with the microsecond when
    select
        customer_id,
        event_us,
        event_us as known_us,
        amount
    from a2_body
    where customer_id is not null
        and event_us is not null
),
a2_asks as (
    -- the distinct keys and times at which the spine asks `a`
    select distinct
        s.customer_id,
        s.as_of_us_2 as as_of_us
    from spine as s
    where s.customer_id is not null
        and s.as_of_us_2 is not null
),
a2_latest_changes as (
    -- the last of the rows of `a` that share a key and a time
    select
        r.*
    from a2_rows as r
    qualify row_number() over (partition by r.customer_id, r.event_us order by r.amount desc nulls last) = 1
),
a2_latest as (
    -- per ask: the latest visible row of `a`
    select
        a.customer_id,
        a.as_of_us,
        r.event_us,
        r.amount
    from a2_asks as a
    asof join a2_latest_changes as r
        on a.customer_id = r.customer_id and a.as_of_us > r.known_us
),
a2_totals_running as (
    -- per row of `a`: totals over its entity's rows up to its time
    select
        r.customer_id,
        r.event_us as moment_us,
        sum(r.amount) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as sum_amount,
        count(r.amount) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as count_amount,
        count(*) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as "rows"
    from a2_rows as r
),
a2_totals_edges as (
    -- per ask: the moments at which its windows begin and end
    select
        a.customer_id,
        a.as_of_us,
        0 as edge,
        a.as_of_us - 1 as moment_us
    from a2_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        1 as edge,
        a.as_of_us - 2592000000001 as moment_us
    from a2_asks as a
),
a2_totals_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        e.customer_id,
        e.as_of_us,
        e.edge,
        r.sum_amount,
        r.count_amount,
        r."rows"
    from a2_totals_edges as e
    asof join a2_totals_running as r
        on e.customer_id = r.customer_id and e.moment_us >= r.moment_us
),
a2_totals_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.customer_id,
        r.as_of_us,
        coalesce(max(r.sum_amount) filter (where r.edge = 0), 0) - coalesce(max(r.sum_amount) filter (where r.edge = 1), 0) as sum_amount_w,
        coalesce(max(r.count_amount) filter (where r.edge = 0), 0) - coalesce(max(r.count_amount) filter (where r.edge = 1), 0) as count_amount_w,
        coalesce(max(r."rows") filter (where r.edge = 0), 0) - coalesce(max(r."rows") filter (where r.edge = 1), 0) as rows_w
    from a2_totals_at_edges as r
    group by r.customer_id, r.as_of_us
),
a2_totals as (
    -- per ask: windows over the visible rows of `a`
    select
        w.customer_id,
        w.as_of_us,
        cast(case when w.count_amount_w > 0 then w.sum_amount_w end as bigint) as spend,
        w.rows_w as row_order_2
    from a2_totals_parts as w
),
a_latest_body as (
    -- the rows of `a_latest` as its model selects them
    select
        customer_id,
        epoch_us(ordered_at) as event_us,
        merchant,
        amount
    from read_csv('/project/data/orders.csv') as orders
    where status = 'ok'
),
a_latest_rows as materialized (
    -- those that become known to someone, with the microsecond when
    select
        customer_id,
        event_us,
        event_us as known_us,
        merchant,
        amount
    from a_latest_body
    where customer_id is not null
        and event_us is not null
),
a_latest_asks as (
    -- the distinct keys and times at which the spine asks `a_latest`
    select distinct
        s.customer_id,
        s.as_of_us_2 as as_of_us
    from spine as s
    where s.customer_id is not null
        and s.as_of_us_2 is not null
),
a_latest_latest_changes as (
    -- the last of the rows of `a_latest` that share a key and a time
    select
        r.*
    from a_latest_rows as r
    qualify row_number() over (partition by r.customer_id, r.event_us order by r.merchant desc nulls last, r.amount desc nulls last) = 1
),
a_latest_latest as (
    -- per ask: the latest visible row of `a_latest`
    select
        a.customer_id,
        a.as_of_us,
        r.event_us,
        r.merchant
    from a_latest_asks as a
    asof join a_latest_latest_changes as r
        on a.customer_id = r.customer_id and a.as_of_us > r.known_us
),
a_latest_tiles_placed as (
    -- rows of `a_latest` with their place by event time, and whether they are the last of their moment
    select
        r.customer_id,
        r.event_us,
        r.amount,
        row_number() over (partition by r.customer_id order by r.event_us) - 1 as position,
        row_number() over (partition by r.customer_id order by r.event_us) = count(*) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as is_last
    from a_latest_rows as r
),
a_latest_tiles_in_tiles as materialized (
    -- per row: the parts over its tile of 32 rows, up to it and after it
    select
        r.customer_id,
        r.event_us,
        r.amount,
        r.position,
        r.is_last,
        r.position // 32 as tile,
        max(r.amount) over (partition by r.customer_id, r.position // 32 order by r.position rows between unbounded preceding and current row) as max_amount_up_to,
        max(r.amount) over (partition by r.customer_id, r.position // 32 order by r.position rows between 1 following and unbounded following) as max_amount_after
    from a_latest_tiles_placed as r
),
a_latest_tiles_tiles as (
    -- per tile: the parts over its rows
    select
        r.customer_id,
        r.tile,
        max(r.amount) as max_amount
    from a_latest_tiles_in_tiles as r
    group by r.customer_id, r.tile
),
a_latest_tiles_heights as (
    -- per entity: its last tile
    select
        t.customer_id,
        max(t.tile) as last_tile
    from a_latest_tiles_tiles as t
    group by t.customer_id
),
a_latest_tiles_levels as (
    -- how often tiles can be doubled
    select range as level
    from range(48)
),
a_latest_tiles_blocks as materialized (
    -- per tile and level: the parts from it to the middle of the block around it
    select
        t.customer_id,
        l.level,
        t.tile,
        max(t.max_amount) over (partition by t.customer_id, l.level, t.tile // cast(power(2, l.level) as bigint) order by case when (t.tile // cast(power(2, l.level) as bigint)) % 2 = 0 then 0 - t.tile else t.tile end rows between unbounded preceding and current row) as max_amount
    from a_latest_tiles_tiles as t
    inner join a_latest_tiles_heights as h
        on t.customer_id = h.customer_id
    inner join a_latest_tiles_levels as l
        on cast(power(2, l.level) as bigint) <= greatest(h.last_tile, 1)
),
a_latest_tiles_edges as (
    -- per ask: the moments at which its windows begin and end
    select
        a.customer_id,
        a.as_of_us,
        0 as edge,
        a.as_of_us - 1 as moment_us
    from a_latest_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        1 as edge,
        a.as_of_us - 2592000000001 as moment_us
    from a_latest_asks as a
),
a_latest_tiles_moments as (
    -- the last row of each moment
    select
        r.customer_id,
        r.event_us,
        r.position,
        r.tile,
        r.max_amount_up_to,
        r.max_amount_after
    from a_latest_tiles_in_tiles as r
    where r.is_last = true
),
a_latest_tiles_at_edges as (
    -- per ask and edge: the last row up to it
    select
        e.customer_id,
        e.as_of_us,
        e.edge,
        r.position,
        r.tile,
        r.max_amount_up_to,
        r.max_amount_after
    from a_latest_tiles_edges as e
    asof join a_latest_tiles_moments as r
        on e.customer_id = r.customer_id and e.moment_us >= r.event_us
),
a_latest_tiles_reach as materialized (
    -- per ask: the rows at its edges, beside each other
    select
        e.customer_id,
        e.as_of_us,
        max(e.position) filter (where e.edge = 0) as position_0,
        max(e.tile) filter (where e.edge = 0) as tile_0,
        max(e.max_amount_up_to) filter (where e.edge = 0) as max_amount_up_to_0,
        max(e.position) filter (where e.edge = 1) as position_1,
        max(e.tile) filter (where e.edge = 1) as tile_1,
        max(e.max_amount_after) filter (where e.edge = 1) as max_amount_after_1
    from a_latest_tiles_at_edges as e
    group by e.customer_id, e.as_of_us
),
a_latest_tiles_spans as materialized (
    -- per ask and window that is not empty: its rows and tiles, first ones excluded, and the level where they meet
    select
        a.customer_id,
        a.as_of_us,
        0 as span,
        coalesce(a.position_1, -1) as first_position,
        a.position_0 as last_position,
        coalesce(a.tile_1, -1) as start_tile,
        a.tile_0 as end_tile,
        case when coalesce(a.tile_1, -1) + 1 < a.tile_0 - 1 then cast(floor(log2(xor(coalesce(a.tile_1, -1) + 1, a.tile_0 - 1))) as bigint) else 0 end as level
    from a_latest_tiles_reach as a
    where a.position_0 > coalesce(a.position_1, -1)
),
a_latest_tiles_pieces as (
    -- per ask and window: its rows where they stand in one tile, else the blocks of its whole tiles
    select
        a.customer_id,
        a.as_of_us,
        a.span,
        max(r.amount) as max_amount
    from a_latest_tiles_spans as a
    inner join a_latest_tiles_in_tiles as r
        on a.customer_id = r.customer_id
        and a.end_tile = r.tile
        and a.first_position < r.position
        and a.last_position >= r.position
    where a.start_tile = a.end_tile
    group by a.customer_id, a.as_of_us, a.span
    union all
    select
        a.customer_id,
        a.as_of_us,
        a.span,
        b.max_amount
    from a_latest_tiles_spans as a
    inner join a_latest_tiles_blocks as b
        on a.customer_id = b.customer_id
        and a.level = b.level
        and a.start_tile + 1 = b.tile
    where a.start_tile + 1 <= a.end_tile - 1
    union all
    select
        a.customer_id,
        a.as_of_us,
        a.span,
        b.max_amount
    from a_latest_tiles_spans as a
    inner join a_latest_tiles_blocks as b
        on a.customer_id = b.customer_id
        and a.level = b.level
        and a.end_tile - 1 = b.tile
    where a.start_tile + 1 < a.end_tile - 1
),
a_latest_tiles_inner as (
    -- per ask: what stands between the edges of its windows
    select
        p.customer_id,
        p.as_of_us,
        max(p.max_amount) filter (where p.span = 0) as max_amount_w
    from a_latest_tiles_pieces as p
    group by p.customer_id, p.as_of_us
),
a_latest_tiles as (
    -- per ask: windows over the visible rows of `a_latest`
    select
        a.customer_id,
        a.as_of_us,
        greatest(i.max_amount_w, case when a.tile_0 <> coalesce(a.tile_1, -1) then a.max_amount_up_to_0 end, case when a.tile_0 <> coalesce(a.tile_1, -1) then a.max_amount_after_1 end) as recency_2
    from a_latest_tiles_reach as a
    left join a_latest_tiles_inner as i
        on a.customer_id = i.customer_id
        and a.as_of_us = i.as_of_us
),
spine2_body as (
    -- the rows of `spine` as its model selects them
    select
        customer_id,
        epoch_us(ordered_at) as event_us,
        merchant
    from read_csv('/project/data/orders.csv') as orders
    where status = 'ok'
),
spine2_rows as materialized (
    -- those that become known to someone, with the microsecond when
    select
        customer_id,
        event_us,
        event_us as known_us,
        merchant
    from spine2_body
    where customer_id is not null
        and event_us is not null
),
spine2_asks as (
    -- the distinct keys and times at which the spine asks `spine`
    select distinct
        s.customer_id,
        s.as_of_us_2 as as_of_us,
        epoch_us(cast(date_trunc('month', make_timestamp(s.as_of_us_2)) as timestamp)) as w_start_us
    from spine as s
    where s.customer_id is not null
        and s.as_of_us_2 is not null
),
spine2_latest_changes as (
    -- the last of the rows of `spine` that share a key and a time
    select
        r.*
    from spine2_rows as r
    qualify row_number() over (partition by r.customer_id, r.event_us order by r.merchant desc nulls last) = 1
),
spine2_latest as (
    -- per ask: the latest visible row of `spine`
    select
        a.customer_id,
        a.as_of_us,
        r.event_us,
        r.merchant
    from spine2_asks as a
    asof join spine2_latest_changes as r
        on a.customer_id = r.customer_id and a.as_of_us > r.known_us
),
spine2_totals_running as (
    -- per row of `spine`: totals over its entity's rows up to its time
    select
        r.customer_id,
        r.event_us as moment_us,
        count(*) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as "rows"
    from spine2_rows as r
),
spine2_totals_edges as (
    -- per ask: the moments at which its windows begin and end
    select
        a.customer_id,
        a.as_of_us,
        0 as edge,
        a.as_of_us - 1 as moment_us
    from spine2_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        1 as edge,
        least(a.w_start_us - 1, a.as_of_us - 1) as moment_us
    from spine2_asks as a
),
spine2_totals_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        e.customer_id,
        e.as_of_us,
        e.edge,
        r."rows"
    from spine2_totals_edges as e
    asof join spine2_totals_running as r
        on e.customer_id = r.customer_id and e.moment_us >= r.moment_us
),
spine2_totals_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.customer_id,
        r.as_of_us,
        coalesce(max(r."rows") filter (where r.edge = 0), 0) - coalesce(max(r."rows") filter (where r.edge = 1), 0) as rows_w
    from spine2_totals_at_edges as r
    group by r.customer_id, r.as_of_us
),
spine2_totals as (
    -- per ask: windows over the visible rows of `spine`
    select
        w.customer_id,
        w.as_of_us,
        w.rows_w as w_start_us
    from spine2_totals_parts as w
)
-- the spine's rows, each once, with their features
select
    s.customer_id,
    s.decided_at,
    s.churned,
    s.as_of_us,
    s.spine_row,
    a2_latest.amount as event_us,
    a2_totals.spend,
    coalesce(a2_totals.row_order_2, 0) as row_order,
    a_latest_latest.merchant as known_us,
    a_latest_tiles.recency_2 as recency,
    spine2_latest.merchant as spine_merchant,
    coalesce(spine2_totals.w_start_us, 0) as w_start_us
from spine as s
left join a2_latest
    on s.customer_id = a2_latest.customer_id
    and s.as_of_us_2 = a2_latest.as_of_us
left join a2_totals
    on s.customer_id = a2_totals.customer_id
    and s.as_of_us_2 = a2_totals.as_of_us
left join a_latest_latest
    on s.customer_id = a_latest_latest.customer_id
    and s.as_of_us_2 = a_latest_latest.as_of_us
left join a_latest_tiles
    on s.customer_id = a_latest_tiles.customer_id
    and s.as_of_us_2 = a_latest_tiles.as_of_us
left join spine2_latest
    on s.customer_id = spine2_latest.customer_id
    and s.as_of_us_2 = spine2_latest.as_of_us
left join spine2_totals
    on s.customer_id = spine2_totals.customer_id
    and s.as_of_us_2 = spine2_totals.as_of_us
order by s.spine_row_2
