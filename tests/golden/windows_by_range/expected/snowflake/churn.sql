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
        amount
    from shop.orders as orders
    where status = 'ok'
),
customer_orders_rows as (
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
customer_orders_totals_as_of_running as (
    -- per row of `customer_orders`: totals over its entity's rows up to its time
    select
        r.customer_id,
        r.event_us as moment_us,
        sum(r.amount) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as sum_amount,
        count(r.amount) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as count_amount,
        count(*) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as row_count
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
        a.as_of_us - 604800000001 as moment_us
    from customer_orders_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        2 as edge,
        a.as_of_us - 2592000000001 as moment_us
    from customer_orders_asks as a
),
customer_orders_totals_as_of_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        e.customer_id,
        e.as_of_us,
        e.edge,
        r.sum_amount,
        r.count_amount,
        r.row_count
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
        coalesce(max(iff(r.edge = 0, r.sum_amount, null)), 0) - coalesce(max(iff(r.edge = 1, r.sum_amount, null)), 0) as sum_amount_last_7d,
        coalesce(max(iff(r.edge = 0, r.count_amount, null)), 0) - coalesce(max(iff(r.edge = 1, r.count_amount, null)), 0) as count_amount_last_7d,
        coalesce(max(iff(r.edge = 0, r.row_count, null)), 0) - coalesce(max(iff(r.edge = 2, r.row_count, null)), 0) as row_count_last_30d
    from customer_orders_totals_as_of_at_edges as r
    group by r.customer_id, r.as_of_us
),
customer_orders_totals_as_of as (
    -- per ask: windows over the visible rows of `customer_orders`
    select
        w.customer_id,
        w.as_of_us,
        cast(case when w.count_amount_last_7d > 0 then w.sum_amount_last_7d end as bigint) as spend_7d,
        w.row_count_last_30d as orders_30d
    from customer_orders_totals_as_of_parts as w
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
        max(h.amount) over (partition by h.customer_id order by h.moment_us range between 43199999999 preceding and current row) as largest_12h
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
    cast(customer_orders_totals_as_of.spend_7d as bigint) as spend_7d,
    cast(coalesce(customer_orders_totals_as_of.orders_30d, 0) as bigint) as orders_30d,
    cast(customer_orders_frames.largest_12h as bigint) as largest_12h
from spine as s
left join customer_orders_totals_as_of
    on s.customer_id = customer_orders_totals_as_of.customer_id
    and s.as_of_us = customer_orders_totals_as_of.as_of_us
left join customer_orders_frames
    on s.customer_id = customer_orders_frames.customer_id
    and s.as_of_us = customer_orders_frames.as_of_us
order by s.spine_row
