with customer_orders_body as (
    -- the rows of `customer_orders` as its model selects them
    select
        customer_id,
        epoch_us(ordered_at) as event_us,
        status = 'cancelled' as cancelled_30d_where_input,
        amount,
        amount > 8 or merchant = 'books' as notable_30d_where_input,
        ordered_at,
        status = 'ok' as last_ok_at_where_input,
        ordered_at as ordered_at_2,
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
        ordered_at_2,
        status,
        merchant
    from customer_orders_body
    where customer_id is not null
        and event_us is not null
),
customer_orders_asks as (
    -- every key, at each first instant at which a row of its is visible
    select distinct
        r.customer_id,
        r.known_us + 1 as as_of_us
    from customer_orders_rows as r
),
customer_orders_totals_heap as (
    -- the rows of `customer_orders`, and per ask the moments at which its windows begin and end
    select
        r.customer_id,
        null as as_of_us,
        null as edge,
        0 as turn,
        r.event_us as moment_us,
        r.cancelled_30d_where_input,
        r.amount,
        r.notable_30d_where_input
    from customer_orders_rows as r
    union all
    select
        a.customer_id,
        a.as_of_us,
        0 as edge,
        1 as turn,
        a.as_of_us - 1 as moment_us,
        null as cancelled_30d_where_input,
        null as amount,
        null as notable_30d_where_input
    from customer_orders_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        1 as edge,
        1 as turn,
        a.as_of_us - 2592000000001 as moment_us,
        null as cancelled_30d_where_input,
        null as amount,
        null as notable_30d_where_input
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
        count(*) filter (where (h.turn = 0) and h.cancelled_30d_where_input) over (rows between unbounded preceding and current row) as row_count,
        sum(h.amount) filter (where (h.turn = 0) and h.notable_30d_where_input) over (rows between unbounded preceding and current row) as sum_amount,
        count(h.amount) filter (where (h.turn = 0) and h.notable_30d_where_input) over (rows between unbounded preceding and current row) as count_amount
    from customer_orders_totals_sorted as h
),
customer_orders_totals_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        r.customer_id,
        r.as_of_us,
        r.edge,
        r.row_count,
        r.sum_amount,
        r.count_amount
    from customer_orders_totals_running as r
    where r.turn = 1
),
customer_orders_totals_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.customer_id,
        r.as_of_us,
        coalesce(max(r.row_count) filter (where r.edge = 0), 0) - coalesce(max(r.row_count) filter (where r.edge = 1), 0) as row_count_last_30d,
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
        w.row_count_last_30d as cancelled_30d,
        cast(case when w.count_amount_last_30d > 0 then w.sum_amount_last_30d end as bigint) as notable_30d
    from customer_orders_totals_parts as w
),
customer_orders_frames_heap as (
    -- the rows of `customer_orders` and the asks, by time
    select
        r.customer_id,
        r.event_us + 1 as moment_us,
        true as is_row,
        r.ordered_at,
        r.last_ok_at_where_input
    from customer_orders_rows as r
    union all
    select
        a.customer_id,
        a.as_of_us as moment_us,
        false as is_row,
        null as ordered_at,
        null as last_ok_at_where_input
    from customer_orders_asks as a
),
customer_orders_frames_framed as (
    -- per row and ask: the rows of each frame, aggregated
    select
        h.customer_id,
        h.moment_us as as_of_us,
        h.is_row,
        max(h.ordered_at) filter (where h.last_ok_at_where_input) over (partition by h.customer_id order by h.moment_us range between case when h.is_row then 0 else 2591999999999 end preceding and current row) as last_ok_at
    from customer_orders_frames_heap as h
),
customer_orders_frames as (
    -- per ask: windows over the visible rows of `customer_orders`
    select
        r.customer_id,
        r.as_of_us,
        r.last_ok_at
    from customer_orders_frames_framed as r
    where r.is_row = false
)
-- one row for each row of the body, with the features of the moment at which it became known
select
    r.customer_id,
    r.ordered_at_2 as ordered_at,
    coalesce(customer_orders_totals.cancelled_30d, 0) as cancelled_30d,
    customer_orders_totals.notable_30d,
    customer_orders_frames.last_ok_at
from customer_orders_rows as r
left join customer_orders_totals
    on r.customer_id = customer_orders_totals.customer_id
    and r.known_us + 1 = customer_orders_totals.as_of_us
left join customer_orders_frames
    on r.customer_id = customer_orders_frames.customer_id
    and r.known_us + 1 = customer_orders_frames.as_of_us
