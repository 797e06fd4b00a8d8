with spend_body as (
    -- the rows of `spend` as its model selects them
    select
        customer_id,
        epoch_us(ordered_at) as event_us,
        epoch_us(loaded_at) as available_us,
        loaded_at,
        amount,
        ordered_at
    from read_csv('/project/data/orders.csv') as orders
),
spend_rows as materialized (
    -- those that become known to someone, with the microsecond when and their rank among their own
    select
        customer_id,
        event_us,
        greatest(event_us, available_us) as known_us,
        loaded_at,
        amount,
        ordered_at,
        row_number() over (partition by customer_id order by event_us, greatest(event_us, available_us) nulls first, loaded_at nulls first, amount nulls first) as row_order
    from spend_body
    where customer_id is not null
        and event_us is not null
        and available_us is not null
),
spend_asks as (
    -- every key, at each first instant at which a row of its is visible
    select distinct
        r.customer_id,
        r.known_us + 1 as as_of_us
    from spend_rows as r
),
spend_latest_changes as (
    -- rows of `spend` that become the latest when they become known; one per key and known time
    select
        r.*
    from spend_rows as r
    qualify r.row_order = max(r.row_order) over (partition by r.customer_id order by r.known_us)
),
spend_latest as (
    -- per ask: the latest visible row of `spend`
    select
        a.customer_id,
        a.as_of_us,
        r.event_us,
        r.loaded_at,
        r.amount
    from spend_asks as a
    asof join spend_latest_changes as r
        on a.customer_id = r.customer_id and a.as_of_us > r.known_us
),
spend_totals_known_heap as (
    -- the rows of `spend`, and per ask the moments at which its windows begin and end
    select
        r.customer_id,
        null as as_of_us,
        null as edge,
        0 as turn,
        r.known_us as moment_us
    from spend_rows as r
    union all
    select
        a.customer_id,
        a.as_of_us,
        0 as edge,
        1 as turn,
        a.as_of_us - 1 as moment_us
    from spend_asks as a
),
spend_totals_known_sorted as (
    -- the same by entity and time; at one moment the rows come first
    select
        h.*
    from spend_totals_known_heap as h
    order by h.customer_id, h.moment_us, h.turn
),
spend_totals_known_running as (
    -- per row and edge: totals over all rows before it
    select
        h.customer_id,
        h.as_of_us,
        h.edge,
        h.turn,
        count(*) filter (where h.turn = 0) over (rows between unbounded preceding and current row) as row_count
    from spend_totals_known_sorted as h
),
spend_totals_event_heap as (
    -- the rows of `spend`, and per ask the moments at which its windows begin and end
    select
        r.customer_id,
        null as as_of_us,
        null as edge,
        0 as turn,
        r.event_us as moment_us
    from spend_rows as r
    union all
    select
        a.customer_id,
        a.as_of_us,
        1 as edge,
        1 as turn,
        a.as_of_us - 604800000001 as moment_us
    from spend_asks as a
),
spend_totals_event_sorted as (
    -- the same by entity and time; at one moment the rows come first
    select
        h.*
    from spend_totals_event_heap as h
    order by h.customer_id, h.moment_us, h.turn
),
spend_totals_event_running as (
    -- per row and edge: totals over all rows before it
    select
        h.customer_id,
        h.as_of_us,
        h.edge,
        h.turn,
        count(*) filter (where h.turn = 0) over (rows between unbounded preceding and current row) as row_count
    from spend_totals_event_sorted as h
),
spend_totals_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        r.customer_id,
        r.as_of_us,
        r.edge,
        r.row_count
    from spend_totals_known_running as r
    where r.turn = 1
    union all
    select
        r.customer_id,
        r.as_of_us,
        r.edge,
        r.row_count
    from spend_totals_event_running as r
    where r.turn = 1
),
spend_totals_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.customer_id,
        r.as_of_us,
        coalesce(max(r.row_count) filter (where r.edge = 0), 0) - coalesce(max(r.row_count) filter (where r.edge = 1), 0) as row_count_last_7d
    from spend_totals_at_edges as r
    group by r.customer_id, r.as_of_us
),
spend_totals_late as (
    -- rows of `spend` that became known later than a window is long
    select
        r.customer_id,
        r.event_us,
        r.known_us
    from spend_rows as r
    where r.known_us - r.event_us >= 604800000000
),
spend_totals_corrections as (
    -- per ask: what rows change that are not known yet, and that the difference counts as if they were
    select
        a.customer_id,
        a.as_of_us,
        count(*) filter (where r.event_us <= a.as_of_us - 604800000001) as row_count_last_7d
    from spend_asks as a
    inner join spend_totals_late as r
        on a.customer_id = r.customer_id
        and r.known_us > a.as_of_us - 1
        and r.event_us <= a.as_of_us
    group by a.customer_id, a.as_of_us
),
spend_totals as (
    -- per ask: windows over the visible rows of `spend`
    select
        w.customer_id,
        w.as_of_us,
        (w.row_count_last_7d + coalesce(c.row_count_last_7d, 0)) as orders_7d
    from spend_totals_parts as w
    left join spend_totals_corrections as c
        on w.customer_id = c.customer_id
        and w.as_of_us = c.as_of_us
)
-- one row for each row of the body, with the features of the moment at which it became known
select
    r.customer_id,
    r.ordered_at,
    spend_latest.loaded_at,
    spend_latest.amount as last_amount,
    coalesce(spend_totals.orders_7d, 0) as orders_7d
from spend_rows as r
left join spend_latest
    on r.customer_id = spend_latest.customer_id
    and r.known_us + 1 = spend_latest.as_of_us
left join spend_totals
    on r.customer_id = spend_totals.customer_id
    and r.known_us + 1 = spend_totals.as_of_us
