with a_body as (
    -- the rows of `a` as its model selects them
    select
        customer_id,
        epoch_us(ordered_at) as event_us,
        amount,
        ordered_at
    from read_csv('/project/data/orders.csv') as orders
    where status = 'ok'
),
a_rows as materialized (
    -- those that become known to someone, with the microsecond when
    select
        customer_id,
        event_us,
        event_us as known_us,
        amount,
        ordered_at
    from a_body
    where customer_id is not null
        and event_us is not null
),
a_asks as (
    -- every key, at each first instant at which a row of its is visible
    select distinct
        r.customer_id,
        r.known_us + 1 as as_of_us
    from a_rows as r
),
a_latest_moment as (
    -- per ask: when its latest visible row happened
    select
        a.customer_id,
        a.as_of_us,
        r.event_us
    from a_asks as a
    asof join a_rows as r
        on a.customer_id = r.customer_id and a.as_of_us > r.known_us
),
a_latest as (
    -- per ask: the latest visible row of `a`
    select
        a.customer_id,
        a.as_of_us,
        r.event_us,
        r.amount
    from a_latest_moment as a
    inner join a_rows as r
        on a.customer_id = r.customer_id
        and a.event_us = r.event_us
    qualify row_number() over (partition by a.customer_id, a.as_of_us order by r.amount desc nulls last) = 1
),
a_totals_heap as (
    -- the rows of `a`, and per ask the moments at which its windows begin and end
    select
        r.customer_id,
        null as as_of_us,
        null as edge,
        0 as turn,
        r.event_us as moment_us,
        r.amount
    from a_rows as r
    union all
    select
        a.customer_id,
        a.as_of_us,
        0 as edge,
        1 as turn,
        a.as_of_us - 1 as moment_us,
        null as amount
    from a_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        1 as edge,
        1 as turn,
        a.as_of_us - 2592000000001 as moment_us,
        null as amount
    from a_asks as a
),
a_totals_sorted as (
    -- the same by entity and time; at one moment the rows come first
    select
        h.*
    from a_totals_heap as h
    order by h.customer_id, h.moment_us, h.turn
),
a_totals_running as (
    -- per row and edge: totals over all rows before it
    select
        h.customer_id,
        h.as_of_us,
        h.edge,
        h.turn,
        sum(h.amount) filter (where h.turn = 0) over (rows between unbounded preceding and current row) as sum_amount,
        count(h.amount) filter (where h.turn = 0) over (rows between unbounded preceding and current row) as count_amount,
        count(*) filter (where h.turn = 0) over (rows between unbounded preceding and current row) as row_count
    from a_totals_sorted as h
),
a_totals_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        r.customer_id,
        r.as_of_us,
        r.edge,
        r.sum_amount,
        r.count_amount,
        r.row_count
    from a_totals_running as r
    where r.turn = 1
),
a_totals_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.customer_id,
        r.as_of_us,
        coalesce(max(r.sum_amount) filter (where r.edge = 0), 0) - coalesce(max(r.sum_amount) filter (where r.edge = 1), 0) as sum_amount_w,
        coalesce(max(r.count_amount) filter (where r.edge = 0), 0) - coalesce(max(r.count_amount) filter (where r.edge = 1), 0) as count_amount_w,
        coalesce(max(r.row_count) filter (where r.edge = 0), 0) - coalesce(max(r.row_count) filter (where r.edge = 1), 0) as row_count_w
    from a_totals_at_edges as r
    group by r.customer_id, r.as_of_us
),
a_totals as (
    -- per ask: windows over the visible rows of `a`
    select
        w.customer_id,
        w.as_of_us,
        cast(case when w.count_amount_w > 0 then w.sum_amount_w end as bigint) as spend,
        w.row_count_w as row_order_2
    from a_totals_parts as w
)
-- one row for each row of the body, with the features of the moment at which it became known
select
    r.customer_id,
    r.ordered_at,
    a_latest.amount as event_us,
    a_totals.spend,
    coalesce(a_totals.row_order_2, 0) as row_order
from a_rows as r
left join a_latest
    on r.customer_id = a_latest.customer_id
    and r.known_us + 1 = a_latest.as_of_us
left join a_totals
    on r.customer_id = a_totals.customer_id
    and r.known_us + 1 = a_totals.as_of_us
