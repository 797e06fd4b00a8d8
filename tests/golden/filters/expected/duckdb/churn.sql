with spine_query as (
    -- the rows that ask, as the model selects them
    select
        customer_id,
        decided_at,
        churned
    from read_csv('/project/data/decisions.csv') as decisions
),
spine as materialized (
    -- the rows that ask, numbered, with `decided_at` in microseconds of UTC
    select
        q.*,
        row_number() over () as spine_row,
        epoch_us(q.decided_at) as as_of_us
    from spine_query as q
),
customer_orders_body as (
    -- the rows of `customer_orders` as its model selects them
    select
        customer_id,
        epoch_us(ordered_at) as event_us,
        status = 'cancelled' as cancelled_30d_where_input,
        amount,
        amount > 8 or merchant = 'books' as notable_30d_where_input,
        ordered_at,
        status = 'ok' as last_ok_at_where_input,
        status,
        merchant
    from read_csv('/project/data/orders.csv') as orders
),
customer_orders_rows as materialized (
    -- those that become known to someone, with the microsecond when
    select
        customer_id,
        event_us,
        event_us as known_us,
        cancelled_30d_where_input,
        amount,
        notable_30d_where_input,
        ordered_at,
        last_ok_at_where_input,
        status,
        merchant
    from customer_orders_body
    where customer_id is not null
        and event_us is not null
),
customer_orders_asks as (
    -- the distinct keys and times at which the spine asks `customer_orders`
    select distinct
        s.customer_id,
        s.as_of_us
    from spine as s
    where s.customer_id is not null
        and s.as_of_us is not null
),
customer_orders_totals_running as (
    -- per row of `customer_orders`: totals over its entity's rows up to its time
    select
        r.customer_id,
        r.event_us as moment_us,
        count(*) filter (where r.cancelled_30d_where_input) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as "rows",
        sum(r.amount) filter (where r.notable_30d_where_input) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as sum_amount,
        count(r.amount) filter (where r.notable_30d_where_input) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as count_amount
    from customer_orders_rows as r
),
customer_orders_totals_edges as (
    -- per ask: the moments at which its windows begin and end
    select
        a.customer_id,
        a.as_of_us,
        0 as edge,
        a.as_of_us - 1 as moment_us
    from customer_orders_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        1 as edge,
        a.as_of_us - 2592000000001 as moment_us
    from customer_orders_asks as a
),
customer_orders_totals_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        e.customer_id,
        e.as_of_us,
        e.edge,
        r."rows",
        r.sum_amount,
        r.count_amount
    from customer_orders_totals_edges as e
    asof join customer_orders_totals_running as r
        on e.customer_id = r.customer_id and e.moment_us >= r.moment_us
),
customer_orders_totals_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.customer_id,
        r.as_of_us,
        coalesce(max(r."rows") filter (where r.edge = 0), 0) - coalesce(max(r."rows") filter (where r.edge = 1), 0) as rows_last_30d,
        coalesce(max(r.sum_amount) filter (where r.edge = 0), 0) - coalesce(max(r.sum_amount) filter (where r.edge = 1), 0) as sum_amount_last_30d,
        coalesce(max(r.count_amount) filter (where r.edge = 0), 0) - coalesce(max(r.count_amount) filter (where r.edge = 1), 0) as count_amount_last_30d
    from customer_orders_totals_at_edges as r
    group by r.customer_id, r.as_of_us
),
customer_orders_totals as (
    -- per ask: windows over the visible rows of `customer_orders`
    select
        w.customer_id,
        w.as_of_us,
        w.rows_last_30d as cancelled_30d,
        cast(case when w.count_amount_last_30d > 0 then w.sum_amount_last_30d end as bigint) as notable_30d
    from customer_orders_totals_parts as w
),
customer_orders_tiles_placed as (
    -- rows of `customer_orders` with their place by event time, and whether they are the last of their moment
    select
        r.customer_id,
        r.event_us,
        r.ordered_at,
        r.last_ok_at_where_input,
        row_number() over (partition by r.customer_id order by r.event_us) - 1 as position,
        row_number() over (partition by r.customer_id order by r.event_us) = count(*) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as is_last
    from customer_orders_rows as r
),
customer_orders_tiles_in_tiles as materialized (
    -- per row: the parts over its tile of 32 rows, up to it and after it
    select
        r.customer_id,
        r.event_us,
        r.ordered_at,
        r.last_ok_at_where_input,
        r.position,
        r.is_last,
        r.position // 32 as tile,
        max(r.ordered_at) filter (where r.last_ok_at_where_input) over (partition by r.customer_id, r.position // 32 order by r.position rows between unbounded preceding and current row) as max_ordered_at_up_to,
        max(r.ordered_at) filter (where r.last_ok_at_where_input) over (partition by r.customer_id, r.position // 32 order by r.position rows between 1 following and unbounded following) as max_ordered_at_after
    from customer_orders_tiles_placed as r
),
customer_orders_tiles_tiles as (
    -- per tile: the parts over its rows
    select
        r.customer_id,
        r.tile,
        max(r.ordered_at) filter (where r.last_ok_at_where_input) as max_ordered_at
    from customer_orders_tiles_in_tiles as r
    group by r.customer_id, r.tile
),
customer_orders_tiles_heights as (
    -- per entity: its last tile
    select
        t.customer_id,
        max(t.tile) as last_tile
    from customer_orders_tiles_tiles as t
    group by t.customer_id
),
customer_orders_tiles_levels as (
    -- how often tiles can be doubled
    select range as level
    from range(48)
),
customer_orders_tiles_blocks as materialized (
    -- per tile and level: the parts from it to the middle of the block around it
    select
        t.customer_id,
        l.level,
        t.tile,
        max(t.max_ordered_at) over (partition by t.customer_id, l.level, t.tile // cast(power(2, l.level) as bigint) order by case when (t.tile // cast(power(2, l.level) as bigint)) % 2 = 0 then 0 - t.tile else t.tile end rows between unbounded preceding and current row) as max_ordered_at
    from customer_orders_tiles_tiles as t
    inner join customer_orders_tiles_heights as h
        on t.customer_id = h.customer_id
    inner join customer_orders_tiles_levels as l
        on cast(power(2, l.level) as bigint) <= greatest(h.last_tile, 1)
),
customer_orders_tiles_edges as (
    -- per ask: the moments at which its windows begin and end
    select
        a.customer_id,
        a.as_of_us,
        0 as edge,
        a.as_of_us - 1 as moment_us
    from customer_orders_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        1 as edge,
        a.as_of_us - 2592000000001 as moment_us
    from customer_orders_asks as a
),
customer_orders_tiles_moments as (
    -- the last row of each moment
    select
        r.customer_id,
        r.event_us,
        r.position,
        r.tile,
        r.max_ordered_at_up_to,
        r.max_ordered_at_after
    from customer_orders_tiles_in_tiles as r
    where r.is_last = true
),
customer_orders_tiles_at_edges as (
    -- per ask and edge: the last row up to it
    select
        e.customer_id,
        e.as_of_us,
        e.edge,
        r.position,
        r.tile,
        r.max_ordered_at_up_to,
        r.max_ordered_at_after
    from customer_orders_tiles_edges as e
    asof join customer_orders_tiles_moments as r
        on e.customer_id = r.customer_id and e.moment_us >= r.event_us
),
customer_orders_tiles_reach as materialized (
    -- per ask: the rows at its edges, beside each other
    select
        e.customer_id,
        e.as_of_us,
        max(e.position) filter (where e.edge = 0) as position_0,
        max(e.tile) filter (where e.edge = 0) as tile_0,
        max(e.max_ordered_at_up_to) filter (where e.edge = 0) as max_ordered_at_up_to_0,
        max(e.position) filter (where e.edge = 1) as position_1,
        max(e.tile) filter (where e.edge = 1) as tile_1,
        max(e.max_ordered_at_after) filter (where e.edge = 1) as max_ordered_at_after_1
    from customer_orders_tiles_at_edges as e
    group by e.customer_id, e.as_of_us
),
customer_orders_tiles_spans as materialized (
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
    from customer_orders_tiles_reach as a
    where a.position_0 > coalesce(a.position_1, -1)
),
customer_orders_tiles_pieces as (
    -- per ask and window: its rows where they stand in one tile, else the blocks of its whole tiles
    select
        a.customer_id,
        a.as_of_us,
        a.span,
        max(r.ordered_at) filter (where r.last_ok_at_where_input) as max_ordered_at
    from customer_orders_tiles_spans as a
    inner join customer_orders_tiles_in_tiles as r
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
        b.max_ordered_at
    from customer_orders_tiles_spans as a
    inner join customer_orders_tiles_blocks as b
        on a.customer_id = b.customer_id
        and a.level = b.level
        and a.start_tile + 1 = b.tile
    where a.start_tile + 1 <= a.end_tile - 1
    union all
    select
        a.customer_id,
        a.as_of_us,
        a.span,
        b.max_ordered_at
    from customer_orders_tiles_spans as a
    inner join customer_orders_tiles_blocks as b
        on a.customer_id = b.customer_id
        and a.level = b.level
        and a.end_tile - 1 = b.tile
    where a.start_tile + 1 < a.end_tile - 1
),
customer_orders_tiles_inner as (
    -- per ask: what stands between the edges of its windows
    select
        p.customer_id,
        p.as_of_us,
        max(p.max_ordered_at) filter (where p.span = 0) as max_ordered_at_last_30d
    from customer_orders_tiles_pieces as p
    group by p.customer_id, p.as_of_us
),
customer_orders_tiles as (
    -- per ask: windows over the visible rows of `customer_orders`
    select
        a.customer_id,
        a.as_of_us,
        greatest(i.max_ordered_at_last_30d, case when a.tile_0 <> coalesce(a.tile_1, -1) then a.max_ordered_at_up_to_0 end, case when a.tile_0 <> coalesce(a.tile_1, -1) then a.max_ordered_at_after_1 end) as last_ok_at
    from customer_orders_tiles_reach as a
    left join customer_orders_tiles_inner as i
        on a.customer_id = i.customer_id
        and a.as_of_us = i.as_of_us
)
-- the spine's rows, each once, with their features
select
    s.customer_id,
    s.decided_at,
    s.churned,
    coalesce(customer_orders_totals.cancelled_30d, 0) as cancelled_30d,
    customer_orders_totals.notable_30d,
    customer_orders_tiles.last_ok_at
from spine as s
left join customer_orders_totals
    on s.customer_id = customer_orders_totals.customer_id
    and s.as_of_us = customer_orders_totals.as_of_us
left join customer_orders_tiles
    on s.customer_id = customer_orders_tiles.customer_id
    and s.as_of_us = customer_orders_tiles.as_of_us
order by s.spine_row
