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
        amount
    from read_csv('/project/data/orders.csv') as orders
    where status = 'ok'
),
customer_orders_rows as materialized (
    -- those that become known to someone, with the microsecond when
    select
        customer_id,
        event_us,
        event_us as known_us,
        amount
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
customer_orders_totals_heap as (
    -- the rows of `customer_orders`, and per ask the moments at which its windows begin and end
    select
        r.customer_id,
        null as as_of_us,
        null as edge,
        0 as turn,
        r.event_us as moment_us,
        r.amount
    from customer_orders_rows as r
    union all
    select
        a.customer_id,
        a.as_of_us,
        0 as edge,
        1 as turn,
        a.as_of_us - 1 as moment_us,
        null as amount
    from customer_orders_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        1 as edge,
        1 as turn,
        a.as_of_us - 604800000001 as moment_us,
        null as amount
    from customer_orders_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        2 as edge,
        1 as turn,
        a.as_of_us - 2592000000001 as moment_us,
        null as amount
    from customer_orders_asks as a
),
customer_orders_totals_sorted as (
    -- the same by entity and time; at one moment the rows come first
    select
        h.*
    from customer_orders_totals_heap as h
    order by h.customer_id, h.moment_us, h.turn
),
customer_orders_totals_running as (
    -- per row and edge: totals over all rows before it
    select
        h.customer_id,
        h.as_of_us,
        h.edge,
        h.turn,
        sum(h.amount) filter (where h.turn = 0) over (rows between unbounded preceding and current row) as sum_amount,
        count(h.amount) filter (where h.turn = 0) over (rows between unbounded preceding and current row) as count_amount,
        count(*) filter (where h.turn = 0) over (rows between unbounded preceding and current row) as row_count
    from customer_orders_totals_sorted as h
),
customer_orders_totals_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        r.customer_id,
        r.as_of_us,
        r.edge,
        r.sum_amount,
        r.count_amount,
        r.row_count
    from customer_orders_totals_running as r
    where r.turn = 1
),
customer_orders_totals_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.customer_id,
        r.as_of_us,
        coalesce(max(r.sum_amount) filter (where r.edge = 0), 0) - coalesce(max(r.sum_amount) filter (where r.edge = 1), 0) as sum_amount_last_7d,
        coalesce(max(r.count_amount) filter (where r.edge = 0), 0) - coalesce(max(r.count_amount) filter (where r.edge = 1), 0) as count_amount_last_7d,
        coalesce(max(r.row_count) filter (where r.edge = 0), 0) - coalesce(max(r.row_count) filter (where r.edge = 2), 0) as row_count_last_30d
    from customer_orders_totals_at_edges as r
    group by r.customer_id, r.as_of_us
),
customer_orders_totals as (
    -- per ask: windows over the visible rows of `customer_orders`
    select
        w.customer_id,
        w.as_of_us,
        cast(case when w.count_amount_last_7d > 0 then w.sum_amount_last_7d end as bigint) as spend_7d,
        w.row_count_last_30d as orders_30d
    from customer_orders_totals_parts as w
),
customer_orders_frames_heap as (
    -- the rows of `customer_orders` and the asks, by time
    select
        r.customer_id,
        r.event_us + 1 as moment_us,
        true as is_row,
        r.amount
    from customer_orders_rows as r
    union all
    select
        a.customer_id,
        a.as_of_us as moment_us,
        false as is_row,
        null as amount
    from customer_orders_asks as a
),
customer_orders_frames_framed as (
    -- per row and ask: the rows of each frame, aggregated
    select
        h.customer_id,
        h.moment_us as as_of_us,
        h.is_row,
        max(h.amount) over (partition by h.customer_id order by h.moment_us range between case when h.is_row then 0 else 43199999999 end preceding and current row) as largest_12h
    from customer_orders_frames_heap as h
),
customer_orders_frames as (
    -- per ask: windows over the visible rows of `customer_orders`
    select
        r.customer_id,
        r.as_of_us,
        r.largest_12h
    from customer_orders_frames_framed as r
    where r.is_row = false
)
-- the spine's rows, each once, with their features
select
    s.customer_id,
    s.decided_at,
    s.churned,
    customer_orders_totals.spend_7d,
    coalesce(customer_orders_totals.orders_30d, 0) as orders_30d,
    customer_orders_frames.largest_12h
from spine as s
left join customer_orders_totals
    on s.customer_id = customer_orders_totals.customer_id
    and s.as_of_us = customer_orders_totals.as_of_us
left join customer_orders_frames
    on s.customer_id = customer_orders_frames.customer_id
    and s.as_of_us = customer_orders_frames.as_of_us
order by s.spine_row
