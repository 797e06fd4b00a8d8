with spend_body as (
    -- the rows of `spend` as its model selects them
    select
        customer_id,
        date_part(epoch_microsecond, date_trunc('microsecond', ordered_at)) as event_us,
        date_part(epoch_microsecond, date_trunc('microsecond', loaded_at)) as available_us,
        loaded_at,
        amount,
        ordered_at
    from shop.orders as orders
),
spend_rows as (
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
        match_condition (a.as_of_us > r.known_us)
        on a.customer_id = r.customer_id
    where r.known_us is not null
),
spend_totals_as_of_running as (
    -- per row of `spend`: totals over its entity's rows up to its time
    select
        r.customer_id,
        1 as side,
        r.known_us as moment_us,
        count(*) over (partition by r.customer_id order by r.known_us range between unbounded preceding and current row) as row_count
    from spend_rows as r
    union all
    select
        r.customer_id,
        0 as side,
        r.event_us as moment_us,
        count(*) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as row_count
    from spend_rows as r
),
spend_totals_as_of_edges as (
    -- per ask: the moments at which its windows begin and end
    select
        a.customer_id,
        a.as_of_us,
        0 as edge,
        1 as side,
        a.as_of_us - 1 as moment_us
    from spend_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        1 as edge,
        0 as side,
        a.as_of_us - 604800000001 as moment_us
    from spend_asks as a
),
spend_totals_as_of_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        e.customer_id,
        e.as_of_us,
        e.edge,
        r.row_count
    from spend_totals_as_of_edges as e
    asof join spend_totals_as_of_running as r
        match_condition (e.moment_us >= r.moment_us)
        on e.customer_id = r.customer_id and e.side = r.side
    where r.moment_us is not null
),
spend_totals_as_of_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.customer_id,
        r.as_of_us,
        coalesce(max(iff(r.edge = 0, r.row_count, null)), 0) - coalesce(max(iff(r.edge = 1, r.row_count, null)), 0) as row_count_last_7d
    from spend_totals_as_of_at_edges as r
    group by r.customer_id, r.as_of_us
),
spend_totals_as_of_late as (
    -- rows of `spend` that became known later than a window is long
    select
        r.customer_id,
        r.event_us,
        r.known_us
    from spend_rows as r
    where r.known_us - r.event_us >= 604800000000
),
spend_totals_as_of_corrections as (
    -- per ask: what rows change that are not known yet, and that the difference counts as if they were
    select
        a.customer_id,
        a.as_of_us,
        count_if(r.event_us <= a.as_of_us - 604800000001) as row_count_last_7d
    from spend_asks as a
    inner join spend_totals_as_of_late as r
        on a.customer_id = r.customer_id
        and r.known_us > a.as_of_us - 1
        and r.event_us <= a.as_of_us
    group by a.customer_id, a.as_of_us
),
spend_totals_as_of as (
    -- per ask: windows over the visible rows of `spend`
    select
        w.customer_id,
        w.as_of_us,
        (w.row_count_last_7d + coalesce(c.row_count_last_7d, 0)) as orders_7d
    from spend_totals_as_of_parts as w
    left join spend_totals_as_of_corrections as c
        on w.customer_id = c.customer_id
        and w.as_of_us = c.as_of_us
)
-- one row for each row of the body, with the features of the moment at which it became known
select
    r.customer_id,
    r.ordered_at,
    spend_latest.loaded_at,
    spend_latest.amount as last_amount,
    cast(coalesce(spend_totals_as_of.orders_7d, 0) as bigint) as orders_7d
from spend_rows as r
left join spend_latest
    on r.customer_id = spend_latest.customer_id
    and r.known_us + 1 = spend_latest.as_of_us
left join spend_totals_as_of
    on r.customer_id = spend_totals_as_of.customer_id
    and r.known_us + 1 = spend_totals_as_of.as_of_us
