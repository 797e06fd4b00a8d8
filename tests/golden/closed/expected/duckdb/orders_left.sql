with orders_left_body as (
    -- the rows of `orders_left` as its model selects them
    select
        customer_id,
        epoch_us(ordered_at) as event_us,
        merchant,
        ordered_at
    from read_csv('/project/data/orders.csv') as orders
    where status = 'ok'
),
orders_left_rows as materialized (
    -- those that become known to someone, with the microsecond when
    select
        customer_id,
        event_us,
        event_us as known_us,
        merchant,
        ordered_at
    from orders_left_body
    where customer_id is not null
        and event_us is not null
),
orders_left_asks as (
    -- every key, at each first instant at which a row of its is visible
    select distinct
        r.customer_id,
        r.known_us + 1 as as_of_us
    from orders_left_rows as r
),
orders_left_latest_moment as (
    -- per ask: when its latest visible row happened, where ttl lets it live
    select
        a.customer_id,
        a.as_of_us,
        r.event_us
    from orders_left_asks as a
    asof join orders_left_rows as r
        on a.customer_id = r.customer_id and a.as_of_us > r.known_us
    where r.event_us >= a.as_of_us - 691200000000
),
orders_left_latest as (
    -- per ask: the latest visible row of `orders_left`, where ttl lets it live
    select
        a.customer_id,
        a.as_of_us,
        r.event_us,
        r.merchant
    from orders_left_latest_moment as a
    inner join orders_left_rows as r
        on a.customer_id = r.customer_id
        and a.event_us = r.event_us
    qualify row_number() over (partition by a.customer_id, a.as_of_us order by r.merchant desc nulls last) = 1
),
orders_left_totals_heap as (
    -- the rows of `orders_left`, and per ask the moments at which its windows begin and end
    select
        r.customer_id,
        null as as_of_us,
        null as edge,
        0 as turn,
        r.event_us as moment_us
    from orders_left_rows as r
    union all
    select
        a.customer_id,
        a.as_of_us,
        0 as edge,
        1 as turn,
        a.as_of_us - 1 as moment_us
    from orders_left_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        1 as edge,
        1 as turn,
        a.as_of_us - 691200000001 as moment_us
    from orders_left_asks as a
),
orders_left_totals_sorted as (
    -- the same by entity and time; at one moment the rows come first
    select
        h.*
    from orders_left_totals_heap as h
    order by h.customer_id, h.moment_us, h.turn
),
orders_left_totals_running as (
    -- per row and edge: totals over all rows before it
    select
        h.customer_id,
        h.as_of_us,
        h.edge,
        h.turn,
        count(*) filter (where h.turn = 0) over (rows between unbounded preceding and current row) as row_count
    from orders_left_totals_sorted as h
),
orders_left_totals_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        r.customer_id,
        r.as_of_us,
        r.edge,
        r.row_count
    from orders_left_totals_running as r
    where r.turn = 1
),
orders_left_totals_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.customer_id,
        r.as_of_us,
        coalesce(max(r.row_count) filter (where r.edge = 0), 0) - coalesce(max(r.row_count) filter (where r.edge = 1), 0) as row_count_last_8d
    from orders_left_totals_at_edges as r
    group by r.customer_id, r.as_of_us
),
orders_left_totals as (
    -- per ask: windows over the visible rows of `orders_left`
    select
        w.customer_id,
        w.as_of_us,
        w.row_count_last_8d as orders_left
    from orders_left_totals_parts as w
)
-- one row for each row of the body, with the features of the moment at which it became known
select
    r.customer_id,
    r.ordered_at,
    orders_left_latest.merchant as merchant_left,
    coalesce(orders_left_totals.orders_left, 0) as orders_left
from orders_left_rows as r
left join orders_left_latest
    on r.customer_id = orders_left_latest.customer_id
    and r.known_us + 1 = orders_left_latest.as_of_us
left join orders_left_totals
    on r.customer_id = orders_left_totals.customer_id
    and r.known_us + 1 = orders_left_totals.as_of_us
