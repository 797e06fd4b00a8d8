with spine_query as (
    -- the rows that ask, as the model selects them
    select
        customer_id,
        decided_at,
        churned
    from shop.decisions as decisions
),
spine as (
    -- the rows that ask, numbered, with `decided_at` in microseconds of UTC
    select
        q.*,
        row_number() over (order by null) as spine_row,
        date_part(epoch_microsecond, date_trunc('microsecond', q.decided_at)) as as_of_us
    from spine_query as q
),
customer_orders_body as (
    -- the rows of `customer_orders` as its model selects them
    select
        customer_id,
        date_part(epoch_microsecond, date_trunc('microsecond', ordered_at)) as event_us,
        status = 'cancelled' as cancelled_30d_where_input,
        amount,
        amount > 8 or merchant = 'books' as notable_30d_where_input,
        ordered_at,
        status = 'ok' as last_ok_at_where_input,
        status,
        merchant
    from shop.orders as orders
),
customer_orders_rows as (
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
customer_orders_totals_as_of_running as (
    -- per row of `customer_orders`: totals over its entity's rows up to its time
    select
        r.customer_id,
        r.event_us as moment_us,
        count_if(r.cancelled_30d_where_input) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as row_count,
        sum(iff(r.notable_30d_where_input, r.amount, null)) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as sum_amount,
        count(iff(r.notable_30d_where_input, r.amount, null)) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as count_amount
    from customer_orders_rows as r
),
customer_orders_totals_as_of_edges as (
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
customer_orders_totals_as_of_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        e.customer_id,
        e.as_of_us,
        e.edge,
        r.row_count,
        r.sum_amount,
        r.count_amount
    from customer_orders_totals_as_of_edges as e
    asof join customer_orders_totals_as_of_running as r
        match_condition (e.moment_us >= r.moment_us)
        on e.customer_id = r.customer_id
    where r.moment_us is not null
),
customer_orders_totals_as_of_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.customer_id,
        r.as_of_us,
        coalesce(max(iff(r.edge = 0, r.row_count, null)), 0) - coalesce(max(iff(r.edge = 1, r.row_count, null)), 0) as row_count_last_30d,
        coalesce(max(iff(r.edge = 0, r.sum_amount, null)), 0) - coalesce(max(iff(r.edge = 1, r.sum_amount, null)), 0) as sum_amount_last_30d,
        coalesce(max(iff(r.edge = 0, r.count_amount, null)), 0) - coalesce(max(iff(r.edge = 1, r.count_amount, null)), 0) as count_amount_last_30d
    from customer_orders_totals_as_of_at_edges as r
    group by r.customer_id, r.as_of_us
),
customer_orders_totals_as_of as (
    -- per ask: windows over the visible rows of `customer_orders`
    select
        w.customer_id,
        w.as_of_us,
        w.row_count_last_30d as cancelled_30d,
        cast(case when w.count_amount_last_30d > 0 then w.sum_amount_last_30d end as bigint) as notable_30d
    from customer_orders_totals_as_of_parts as w
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
        max(iff(h.last_ok_at_where_input, h.ordered_at, null)) over (partition by h.customer_id order by h.moment_us range between 2591999999999 preceding and current row) as last_ok_at
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
-- the spine's rows, each once, with their features
select
    s.customer_id,
    s.decided_at,
    s.churned,
    cast(coalesce(customer_orders_totals_as_of.cancelled_30d, 0) as bigint) as cancelled_30d,
    cast(customer_orders_totals_as_of.notable_30d as bigint) as notable_30d,
    customer_orders_frames.last_ok_at
from spine as s
left join customer_orders_totals_as_of
    on s.customer_id = customer_orders_totals_as_of.customer_id
    and s.as_of_us = customer_orders_totals_as_of.as_of_us
left join customer_orders_frames
    on s.customer_id = customer_orders_frames.customer_id
    and s.as_of_us = customer_orders_frames.as_of_us
order by s.spine_row
