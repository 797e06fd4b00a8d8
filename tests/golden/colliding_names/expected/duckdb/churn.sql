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
a2_latest_moment as (
    -- per ask: when its latest visible row happened
    select
        a.customer_id,
        a.as_of_us,
        r.event_us
    from a2_asks as a
    asof join a2_rows as r
        on a.customer_id = r.customer_id and a.as_of_us > r.known_us
),
a2_latest as (
    -- per ask: the latest visible row of `a`
    select
        a.customer_id,
        a.as_of_us,
        r.event_us,
        r.amount
    from a2_latest_moment as a
    inner join a2_rows as r
        on a.customer_id = r.customer_id
        and a.event_us = r.event_us
    qualify row_number() over (partition by a.customer_id, a.as_of_us order by r.amount desc nulls last) = 1
),
a2_totals_heap as (
    -- the rows of `a`, and per ask the moments at which its windows begin and end
    select
        r.customer_id,
        null as as_of_us,
        null as edge,
        0 as turn,
        r.event_us as moment_us,
        r.amount
    from a2_rows as r
    union all
    select
        a.customer_id,
        a.as_of_us,
        0 as edge,
        1 as turn,
        a.as_of_us - 1 as moment_us,
        null as amount
    from a2_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        1 as edge,
        1 as turn,
        a.as_of_us - 2592000000001 as moment_us,
        null as amount
    from a2_asks as a
),
a2_totals_sorted as (
    -- the same by entity and time; at one moment the rows come first
    select
        h.*
    from a2_totals_heap as h
    order by h.customer_id, h.moment_us, h.turn
),
a2_totals_running as (
    -- per row and edge: totals over all rows before it
    select
        h.customer_id,
        h.as_of_us,
        h.edge,
        h.turn,
        sum(h.amount) filter (where h.turn = 0) over (rows between unbounded preceding and current row) as sum_amount,
        count(h.amount) filter (where h.turn = 0) over (rows between unbounded preceding and current row) as count_amount,
        count(*) filter (where h.turn = 0) over (rows between unbounded preceding and current row) as row_count
    from a2_totals_sorted as h
),
a2_totals_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        r.customer_id,
        r.as_of_us,
        r.edge,
        r.sum_amount,
        r.count_amount,
        r.row_count
    from a2_totals_running as r
    where r.turn = 1
),
a2_totals_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.customer_id,
        r.as_of_us,
        coalesce(max(r.sum_amount) filter (where r.edge = 0), 0) - coalesce(max(r.sum_amount) filter (where r.edge = 1), 0) as sum_amount_w,
        coalesce(max(r.count_amount) filter (where r.edge = 0), 0) - coalesce(max(r.count_amount) filter (where r.edge = 1), 0) as count_amount_w,
        coalesce(max(r.row_count) filter (where r.edge = 0), 0) - coalesce(max(r.row_count) filter (where r.edge = 1), 0) as row_count_w
    from a2_totals_at_edges as r
    group by r.customer_id, r.as_of_us
),
a2_totals as (
    -- per ask: windows over the visible rows of `a`
    select
        w.customer_id,
        w.as_of_us,
        cast(case when w.count_amount_w > 0 then w.sum_amount_w end as bigint) as spend,
        w.row_count_w as row_order_2
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
a_latest_latest_moment as (
    -- per ask: when its latest visible row happened
    select
        a.customer_id,
        a.as_of_us,
        r.event_us
    from a_latest_asks as a
    asof join a_latest_rows as r
        on a.customer_id = r.customer_id and a.as_of_us > r.known_us
),
a_latest_latest as (
    -- per ask: the latest visible row of `a_latest`
    select
        a.customer_id,
        a.as_of_us,
        r.event_us,
        r.merchant
    from a_latest_latest_moment as a
    inner join a_latest_rows as r
        on a.customer_id = r.customer_id
        and a.event_us = r.event_us
    qualify row_number() over (partition by a.customer_id, a.as_of_us order by r.merchant desc nulls last, r.amount desc nulls last) = 1
),
a_latest_tiles_heap as (
    -- the rows of `a_latest`, and per ask the moments at which its windows begin and end
    select
        r.customer_id,
        null as as_of_us,
        null as edge,
        0 as turn,
        r.event_us as moment_us,
        r.amount
    from a_latest_rows as r
    union all
    select
        a.customer_id,
        a.as_of_us,
        0 as edge,
        1 as turn,
        a.as_of_us - 1 as moment_us,
        null as amount
    from a_latest_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        1 as edge,
        1 as turn,
        a.as_of_us - 2592000000001 as moment_us,
        null as amount
    from a_latest_asks as a
),
a_latest_tiles_sorted as (
    -- the same by entity and time; at one moment the rows come first
    select
        h.*
    from a_latest_tiles_heap as h
    order by h.customer_id, h.moment_us, h.turn
),
a_latest_tiles_scan_1 as (
    -- per entry: its place, and its own part of each aggregate
    select
        h.customer_id,
        h.as_of_us,
        h.edge,
        row_number() over () - 1 as position,
        case when (h.turn = 0) then h.amount end as max_amount_up_to,
        case when (h.turn = 0) then h.amount end as max_amount_from
    from a_latest_tiles_sorted as h
),
a_latest_tiles_scan_2 as (
    -- per entry: the parts over 2 entries up to it, and from it on, within its tile
    select
        e.customer_id,
        e.as_of_us,
        e.edge,
        e.position,
        case when e.position % 16 >= 1 then greatest(e.max_amount_up_to, lag(e.max_amount_up_to, 1) over ()) else e.max_amount_up_to end as max_amount_up_to,
        case when e.position % 16 < 15 then greatest(e.max_amount_from, lead(e.max_amount_from, 1) over ()) else e.max_amount_from end as max_amount_from
    from a_latest_tiles_scan_1 as e
),
a_latest_tiles_scan_4 as (
    -- per entry: the parts over 4 entries up to it, and from it on, within its tile
    select
        e.customer_id,
        e.as_of_us,
        e.edge,
        e.position,
        case when e.position % 16 >= 2 then greatest(e.max_amount_up_to, lag(e.max_amount_up_to, 2) over ()) else e.max_amount_up_to end as max_amount_up_to,
        case when e.position % 16 < 14 then greatest(e.max_amount_from, lead(e.max_amount_from, 2) over ()) else e.max_amount_from end as max_amount_from
    from a_latest_tiles_scan_2 as e
),
a_latest_tiles_scan_8 as (
    -- per entry: the parts over 8 entries up to it, and from it on, within its tile
    select
        e.customer_id,
        e.as_of_us,
        e.edge,
        e.position,
        case when e.position % 16 >= 4 then greatest(e.max_amount_up_to, lag(e.max_amount_up_to, 4) over ()) else e.max_amount_up_to end as max_amount_up_to,
        case when e.position % 16 < 12 then greatest(e.max_amount_from, lead(e.max_amount_from, 4) over ()) else e.max_amount_from end as max_amount_from
    from a_latest_tiles_scan_4 as e
),
a_latest_tiles_entries as materialized (
    -- per entry: the parts over 16 entries up to it, and from it on, within its tile
    select
        e.customer_id,
        e.as_of_us,
        e.edge,
        e.position,
        case when e.position % 16 >= 8 then greatest(e.max_amount_up_to, lag(e.max_amount_up_to, 8) over ()) else e.max_amount_up_to end as max_amount_up_to,
        case when e.position % 16 < 8 then greatest(e.max_amount_from, lead(e.max_amount_from, 8) over ()) else e.max_amount_from end as max_amount_from
    from a_latest_tiles_scan_8 as e
),
a_latest_tiles_blocks_of_1 as (
    -- per whole tile: the parts over it
    select
        e.position // 16 as tile,
        e.max_amount_up_to as max_amount
    from a_latest_tiles_entries as e
    where e.position % 16 = 15
),
a_latest_tiles_blocks_of_2 as (
    -- per tile: the parts over it and the 1 before it
    select
        b.tile,
        greatest(b.max_amount, lag(b.max_amount, 1) over ()) as max_amount
    from a_latest_tiles_blocks_of_1 as b
),
a_latest_tiles_blocks_of_4 as (
    -- per tile: the parts over it and the 3 before it
    select
        b.tile,
        greatest(b.max_amount, lag(b.max_amount, 2) over ()) as max_amount
    from a_latest_tiles_blocks_of_2 as b
),
a_latest_tiles_blocks_of_8 as (
    -- per tile: the parts over it and the 7 before it
    select
        b.tile,
        greatest(b.max_amount, lag(b.max_amount, 4) over ()) as max_amount
    from a_latest_tiles_blocks_of_4 as b
),
a_latest_tiles_blocks_of_16 as (
    -- per tile: the parts over it and the 15 before it
    select
        b.tile,
        greatest(b.max_amount, lag(b.max_amount, 8) over ()) as max_amount
    from a_latest_tiles_blocks_of_8 as b
),
a_latest_tiles_blocks_of_32 as (
    -- per tile: the parts over it and the 31 before it
    select
        b.tile,
        greatest(b.max_amount, lag(b.max_amount, 16) over ()) as max_amount
    from a_latest_tiles_blocks_of_16 as b
),
a_latest_tiles_blocks_of_64 as (
    -- per tile: the parts over it and the 63 before it
    select
        b.tile,
        greatest(b.max_amount, lag(b.max_amount, 32) over ()) as max_amount
    from a_latest_tiles_blocks_of_32 as b
),
a_latest_tiles_blocks_of_128 as (
    -- per tile: the parts over it and the 127 before it
    select
        b.tile,
        greatest(b.max_amount, lag(b.max_amount, 64) over ()) as max_amount
    from a_latest_tiles_blocks_of_64 as b
),
a_latest_tiles_blocks_of_256 as (
    -- per tile: the parts over it and the 255 before it
    select
        b.tile,
        greatest(b.max_amount, lag(b.max_amount, 128) over ()) as max_amount
    from a_latest_tiles_blocks_of_128 as b
),
a_latest_tiles_blocks_of_512 as (
    -- per tile: the parts over it and the 511 before it
    select
        b.tile,
        greatest(b.max_amount, lag(b.max_amount, 256) over ()) as max_amount
    from a_latest_tiles_blocks_of_256 as b
),
a_latest_tiles_blocks_of_1024 as (
    -- per tile: the parts over it and the 1023 before it
    select
        b.tile,
        greatest(b.max_amount, lag(b.max_amount, 512) over ()) as max_amount
    from a_latest_tiles_blocks_of_512 as b
),
a_latest_tiles_blocks as (
    -- all blocks, by their last tile and size
    select
        0 as level,
        b.tile,
        b.max_amount
    from a_latest_tiles_blocks_of_1 as b
    union all
    select
        1 as level,
        b.tile,
        b.max_amount
    from a_latest_tiles_blocks_of_2 as b
    union all
    select
        2 as level,
        b.tile,
        b.max_amount
    from a_latest_tiles_blocks_of_4 as b
    union all
    select
        3 as level,
        b.tile,
        b.max_amount
    from a_latest_tiles_blocks_of_8 as b
    union all
    select
        4 as level,
        b.tile,
        b.max_amount
    from a_latest_tiles_blocks_of_16 as b
    union all
    select
        5 as level,
        b.tile,
        b.max_amount
    from a_latest_tiles_blocks_of_32 as b
    union all
    select
        6 as level,
        b.tile,
        b.max_amount
    from a_latest_tiles_blocks_of_64 as b
    union all
    select
        7 as level,
        b.tile,
        b.max_amount
    from a_latest_tiles_blocks_of_128 as b
    union all
    select
        8 as level,
        b.tile,
        b.max_amount
    from a_latest_tiles_blocks_of_256 as b
    union all
    select
        9 as level,
        b.tile,
        b.max_amount
    from a_latest_tiles_blocks_of_512 as b
    union all
    select
        10 as level,
        b.tile,
        b.max_amount
    from a_latest_tiles_blocks_of_1024 as b
),
a_latest_tiles_reach as materialized (
    -- per ask: its number, and its edges beside each other
    select
        row_number() over () as ask,
        e.customer_id,
        e.as_of_us,
        max(e.position) filter (where e.edge = 0) as position_0,
        max(e.max_amount_up_to) filter (where e.edge = 0) as max_amount_up_to_0,
        max(e.position) filter (where e.edge = 1) as position_1,
        max(e.max_amount_from) filter (where e.edge = 1) as max_amount_from_1
    from a_latest_tiles_entries as e
    where e.edge is not null
    group by e.customer_id, e.as_of_us
),
a_latest_tiles_spans as materialized (
    -- per ask and window: where it starts and ends, and how many whole tiles lie between
    select
        a.ask,
        0 as span,
        a.position_1 as first_position,
        a.position_0 as last_position,
        a.position_1 // 16 as start_tile,
        a.position_0 // 16 as end_tile,
        (a.position_0 // 16) - (a.position_1 // 16) - 1 as whole_tiles
    from a_latest_tiles_reach as a
    where a.position_1 < a.position_0
),
a_latest_tiles_levels as (
    -- the sizes of blocks, as powers of two
    select range as level
    from range(11)
),
a_latest_tiles_numbers as (
    -- to count blocks of the largest size
    select range as number
    from range(1048576)
),
a_latest_tiles_pieces as (
    -- per ask and window: the entries between its edges where they share a tile, else the blocks of its whole tiles
    select
        a.ask,
        a.span,
        max(e.max_amount_up_to) as max_amount
    from a_latest_tiles_spans as a
    inner join a_latest_tiles_scan_1 as e
        on a.start_tile = e.position // 16
        and a.first_position < e.position
        and e.position < a.last_position
    where a.start_tile = a.end_tile
    group by a.ask, a.span
    union all
    select
        a.ask,
        a.span,
        b.max_amount
    from a_latest_tiles_spans as a
    inner join a_latest_tiles_levels as l
        on l.level < 10
        and (a.whole_tiles // cast(power(2, l.level) as bigint)) % 2 = 1
    inner join a_latest_tiles_blocks as b
        on l.level = b.level
        and a.start_tile + (a.whole_tiles % cast(power(2, l.level + 1) as bigint)) = b.tile
    where a.whole_tiles > 0
    union all
    select
        a.ask,
        a.span,
        b.max_amount
    from a_latest_tiles_spans as a
    inner join a_latest_tiles_numbers as n
        on a.whole_tiles >= 1024
        and n.number < a.whole_tiles // 1024
    inner join a_latest_tiles_blocks as b
        on 10 = b.level
        and a.start_tile + ((a.whole_tiles % 1024) + ((n.number + 1) * 1024)) = b.tile
    where a.whole_tiles > 0
),
a_latest_tiles_inner as (
    -- per ask: what stands between the edges of its windows
    select
        p.ask,
        max(p.max_amount) filter (where p.span = 0) as max_amount_w
    from a_latest_tiles_pieces as p
    group by p.ask
),
a_latest_tiles as (
    -- per ask: windows over the visible rows of `a_latest`
    select
        a.customer_id,
        a.as_of_us,
        greatest(i.max_amount_w, case when a.position_1 // 16 < a.position_0 // 16 then a.max_amount_from_1 end, case when a.position_1 // 16 < a.position_0 // 16 then a.max_amount_up_to_0 end) as recency_2
    from a_latest_tiles_reach as a
    left join a_latest_tiles_inner as i
        on a.ask = i.ask
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
spine2_latest_moment as (
    -- per ask: when its latest visible row happened
    select
        a.customer_id,
        a.as_of_us,
        r.event_us
    from spine2_asks as a
    asof join spine2_rows as r
        on a.customer_id = r.customer_id and a.as_of_us > r.known_us
),
spine2_latest as (
    -- per ask: the latest visible row of `spine`
    select
        a.customer_id,
        a.as_of_us,
        r.event_us,
        r.merchant
    from spine2_latest_moment as a
    inner join spine2_rows as r
        on a.customer_id = r.customer_id
        and a.event_us = r.event_us
    qualify row_number() over (partition by a.customer_id, a.as_of_us order by r.merchant desc nulls last) = 1
),
spine2_totals_heap as (
    -- the rows of `spine`, and per ask the moments at which its windows begin and end
    select
        r.customer_id,
        null as as_of_us,
        null as edge,
        0 as turn,
        r.event_us as moment_us
    from spine2_rows as r
    union all
    select
        a.customer_id,
        a.as_of_us,
        0 as edge,
        1 as turn,
        a.as_of_us - 1 as moment_us
    from spine2_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        1 as edge,
        1 as turn,
        least(a.w_start_us - 1, a.as_of_us - 1) as moment_us
    from spine2_asks as a
),
spine2_totals_sorted as (
    -- the same by entity and time; at one moment the rows come first
    select
        h.*
    from spine2_totals_heap as h
    order by h.customer_id, h.moment_us, h.turn
),
spine2_totals_running as (
    -- per row and edge: totals over all rows before it
    select
        h.customer_id,
        h.as_of_us,
        h.edge,
        h.turn,
        count(*) filter (where h.turn = 0) over (rows between unbounded preceding and current row) as row_count
    from spine2_totals_sorted as h
),
spine2_totals_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        r.customer_id,
        r.as_of_us,
        r.edge,
        r.row_count
    from spine2_totals_running as r
    where r.turn = 1
),
spine2_totals_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.customer_id,
        r.as_of_us,
        coalesce(max(r.row_count) filter (where r.edge = 0), 0) - coalesce(max(r.row_count) filter (where r.edge = 1), 0) as row_count_w
    from spine2_totals_at_edges as r
    group by r.customer_id, r.as_of_us
),
spine2_totals as (
    -- per ask: windows over the visible rows of `spine`
    select
        w.customer_id,
        w.as_of_us,
        w.row_count_w as w_start_us
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
