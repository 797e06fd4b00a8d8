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
        amount,
        merchant,
        ordered_at,
        status = 'ok' as all_ok_input,
        status
    from read_csv('/project/data/orders.csv') as orders
),
customer_orders_rows as materialized (
    -- those that become known to someone, with the microsecond when and their rank among their own
    select
        customer_id,
        event_us,
        event_us as known_us,
        amount,
        merchant,
        ordered_at,
        all_ok_input,
        status,
        row_number() over (partition by customer_id order by event_us, amount nulls first, merchant nulls first, status nulls first) as row_order
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
        count(r.amount) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as count_amount,
        sum(r.amount) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as sum_amount,
        count(r.all_ok_input) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as count_all_ok_input,
        count(*) filter (where r.all_ok_input) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as true_all_ok_input
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
        r.count_amount,
        r.sum_amount,
        r.count_all_ok_input,
        r.true_all_ok_input
    from customer_orders_totals_edges as e
    asof join customer_orders_totals_running as r
        on e.customer_id = r.customer_id and e.moment_us >= r.moment_us
),
customer_orders_totals_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.customer_id,
        r.as_of_us,
        coalesce(max(r.count_amount) filter (where r.edge = 0), 0) - coalesce(max(r.count_amount) filter (where r.edge = 1), 0) as count_amount_w,
        coalesce(max(r.sum_amount) filter (where r.edge = 0), 0) - coalesce(max(r.sum_amount) filter (where r.edge = 1), 0) as sum_amount_w,
        coalesce(max(r.count_all_ok_input) filter (where r.edge = 0), 0) - coalesce(max(r.count_all_ok_input) filter (where r.edge = 1), 0) as count_all_ok_input_w,
        coalesce(max(r.true_all_ok_input) filter (where r.edge = 0), 0) - coalesce(max(r.true_all_ok_input) filter (where r.edge = 1), 0) as true_all_ok_input_w
    from customer_orders_totals_at_edges as r
    group by r.customer_id, r.as_of_us
),
customer_orders_totals as (
    -- per ask: windows over the visible rows of `customer_orders`
    select
        w.customer_id,
        w.as_of_us,
        w.count_amount_w as amounts,
        cast(case when w.count_amount_w > 0 then w.sum_amount_w end as bigint) as total,
        case when w.count_amount_w > 0 then cast(w.sum_amount_w as double) / w.count_amount_w end as mean,
        case when w.count_all_ok_input_w > 0 then w.true_all_ok_input_w = w.count_all_ok_input_w end as all_ok,
        case when w.count_all_ok_input_w > 0 then w.true_all_ok_input_w > 0 end as any_ok
    from customer_orders_totals_parts as w
),
customer_orders_tiles_placed as (
    -- rows of `customer_orders` with their place by event time, and whether they are the last of their moment
    select
        r.customer_id,
        r.event_us,
        r.merchant,
        r.ordered_at,
        row_number() over (partition by r.customer_id order by r.event_us) - 1 as position,
        row_number() over (partition by r.customer_id order by r.event_us) = count(*) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as is_last
    from customer_orders_rows as r
),
customer_orders_tiles_in_tiles as materialized (
    -- per row: the parts over its tile of 32 rows, up to it and after it
    select
        r.customer_id,
        r.event_us,
        r.merchant,
        r.ordered_at,
        r.position,
        r.is_last,
        r.position // 32 as tile,
        min(r.merchant) over (partition by r.customer_id, r.position // 32 order by r.position rows between unbounded preceding and current row) as min_merchant_up_to,
        min(r.merchant) over (partition by r.customer_id, r.position // 32 order by r.position rows between 1 following and unbounded following) as min_merchant_after,
        max(r.ordered_at) over (partition by r.customer_id, r.position // 32 order by r.position rows between unbounded preceding and current row) as max_ordered_at_up_to,
        max(r.ordered_at) over (partition by r.customer_id, r.position // 32 order by r.position rows between 1 following and unbounded following) as max_ordered_at_after
    from customer_orders_tiles_placed as r
),
customer_orders_tiles_tiles as (
    -- per tile: the parts over its rows
    select
        r.customer_id,
        r.tile,
        min(r.merchant) as min_merchant,
        max(r.ordered_at) as max_ordered_at
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
        min(t.min_merchant) over (partition by t.customer_id, l.level, t.tile // cast(power(2, l.level) as bigint) order by case when (t.tile // cast(power(2, l.level) as bigint)) % 2 = 0 then 0 - t.tile else t.tile end rows between unbounded preceding and current row) as min_merchant,
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
        r.min_merchant_up_to,
        r.min_merchant_after,
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
        r.min_merchant_up_to,
        r.min_merchant_after,
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
        max(e.min_merchant_up_to) filter (where e.edge = 0) as min_merchant_up_to_0,
        max(e.max_ordered_at_up_to) filter (where e.edge = 0) as max_ordered_at_up_to_0,
        max(e.position) filter (where e.edge = 1) as position_1,
        max(e.tile) filter (where e.edge = 1) as tile_1,
        max(e.min_merchant_after) filter (where e.edge = 1) as min_merchant_after_1,
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
        min(r.merchant) as min_merchant,
        max(r.ordered_at) as max_ordered_at
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
        b.min_merchant,
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
        b.min_merchant,
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
        min(p.min_merchant) filter (where p.span = 0) as min_merchant_w,
        max(p.max_ordered_at) filter (where p.span = 0) as max_ordered_at_w
    from customer_orders_tiles_pieces as p
    group by p.customer_id, p.as_of_us
),
customer_orders_tiles as (
    -- per ask: windows over the visible rows of `customer_orders`
    select
        a.customer_id,
        a.as_of_us,
        least(i.min_merchant_w, case when a.tile_0 <> coalesce(a.tile_1, -1) then a.min_merchant_up_to_0 end, case when a.tile_0 <> coalesce(a.tile_1, -1) then a.min_merchant_after_1 end) as least,
        greatest(i.max_ordered_at_w, case when a.tile_0 <> coalesce(a.tile_1, -1) then a.max_ordered_at_up_to_0 end, case when a.tile_0 <> coalesce(a.tile_1, -1) then a.max_ordered_at_after_1 end) as latest
    from customer_orders_tiles_reach as a
    left join customer_orders_tiles_inner as i
        on a.customer_id = i.customer_id
        and a.as_of_us = i.as_of_us
),
customer_orders_frames_heap as (
    -- the rows of `customer_orders` and the asks, by time
    select
        r.customer_id,
        r.event_us as moment_us,
        true as is_row,
        r.amount,
        r.merchant,
        r.row_order
    from customer_orders_rows as r
    union all
    select
        a.customer_id,
        a.as_of_us as moment_us,
        false as is_row,
        null as amount,
        null as merchant,
        null as row_order
    from customer_orders_asks as a
),
customer_orders_frames_heap_frames as (
    -- per row and ask: the rows of each frame, aggregated
    select
        h.customer_id,
        h.moment_us as as_of_us,
        h.is_row,
        stddev_samp(h.amount) over (partition by h.customer_id order by h.moment_us range between 2592000000000 preceding and 1 preceding) as spread,
        stddev_pop(h.amount) over (partition by h.customer_id order by h.moment_us range between 2592000000000 preceding and 1 preceding) as spread_pop,
        var_samp(h.amount) over (partition by h.customer_id order by h.moment_us range between 2592000000000 preceding and 1 preceding) as variance,
        var_pop(h.amount) over (partition by h.customer_id order by h.moment_us range between 2592000000000 preceding and 1 preceding) as variance_pop,
        median(h.amount) over (partition by h.customer_id order by h.moment_us range between 2592000000000 preceding and 1 preceding) as middle,
        quantile_cont(h.amount, 0.9) over (partition by h.customer_id order by h.moment_us range between 2592000000000 preceding and 1 preceding) as high,
        mode(h.merchant order by h.merchant) over (partition by h.customer_id order by h.moment_us range between 2592000000000 preceding and 1 preceding) as usual,
        arg_min_null(h.merchant, h.row_order) filter (where h.is_row) over (partition by h.customer_id order by h.moment_us range between 2592000000000 preceding and 1 preceding) as first_merchant,
        arg_max_null(h.merchant, h.row_order) filter (where h.is_row) over (partition by h.customer_id order by h.moment_us range between 2592000000000 preceding and 1 preceding) as last_merchant,
        arg_min_null(h.merchant, row(h.amount, -h.row_order)) filter (where (h.amount is not null) and (h.is_row)) over (partition by h.customer_id order by h.moment_us range between 2592000000000 preceding and 1 preceding) as cheapest,
        arg_max_null(h.merchant, row(h.amount, h.row_order)) filter (where (h.amount is not null) and (h.is_row)) over (partition by h.customer_id order by h.moment_us range between 2592000000000 preceding and 1 preceding) as dearest,
        array_agg(h.amount order by h.row_order) filter (where h.is_row) over (partition by h.customer_id order by h.moment_us range between 2592000000000 preceding and 1 preceding) as amounts_in_order,
        case when count(*) over (partition by h.customer_id order by h.moment_us range between 2592000000000 preceding and 1 preceding) > 0 then approx_count_distinct(h.merchant) over (partition by h.customer_id order by h.moment_us range between 2592000000000 preceding and 1 preceding) end as about_merchants
    from customer_orders_frames_heap as h
),
customer_orders_frames as (
    -- per ask: windows over the visible rows of `customer_orders`
    select
        r.customer_id,
        r.as_of_us,
        r.spread,
        r.spread_pop,
        r.variance,
        r.variance_pop,
        r.middle,
        r.high,
        r.usual,
        r.first_merchant,
        r.last_merchant,
        r.cheapest,
        r.dearest,
        r.amounts_in_order,
        r.about_merchants
    from customer_orders_frames_heap_frames as r
    where r.is_row = false
)
-- the spine's rows, each once, with their features
select
    s.customer_id,
    s.decided_at,
    s.churned,
    coalesce(customer_orders_totals.amounts, 0) as amounts,
    customer_orders_totals.total,
    customer_orders_totals.mean,
    customer_orders_tiles.least,
    customer_orders_tiles.latest,
    customer_orders_frames.spread,
    customer_orders_frames.spread_pop,
    customer_orders_frames.variance,
    customer_orders_frames.variance_pop,
    customer_orders_frames.middle,
    customer_orders_frames.high,
    customer_orders_frames.usual,
    customer_orders_totals.all_ok,
    customer_orders_totals.any_ok,
    customer_orders_frames.first_merchant,
    customer_orders_frames.last_merchant,
    customer_orders_frames.cheapest,
    customer_orders_frames.dearest,
    customer_orders_frames.amounts_in_order,
    customer_orders_frames.about_merchants
from spine as s
left join customer_orders_totals
    on s.customer_id = customer_orders_totals.customer_id
    and s.as_of_us = customer_orders_totals.as_of_us
left join customer_orders_tiles
    on s.customer_id = customer_orders_tiles.customer_id
    and s.as_of_us = customer_orders_tiles.as_of_us
left join customer_orders_frames
    on s.customer_id = customer_orders_frames.customer_id
    and s.as_of_us = customer_orders_frames.as_of_us
order by s.spine_row
