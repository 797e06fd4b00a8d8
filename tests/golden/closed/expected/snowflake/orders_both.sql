with orders_both_body as (
    -- the rows of `orders_both` as its model selects them
    select
        customer_id,
        date_part(epoch_microsecond, date_trunc('microsecond', ordered_at)) as event_us,
        merchant,
        ordered_at
    from shop.orders as orders
    where status = 'ok'
),
orders_both_rows as (
    -- those that become known to someone, with the microsecond when
    select
        customer_id,
        event_us,
        event_us as known_us,
        merchant,
        ordered_at
    from orders_both_body
    where customer_id is not null
        and event_us is not null
),
orders_both_asks as (
    -- every key, at each first instant at which a row of its is visible
    select distinct
        r.customer_id,
        r.known_us as as_of_us
    from orders_both_rows as r
),
orders_both_latest_moment as (
    -- per ask: when its latest visible row happened, where ttl lets it live
    select
        a.customer_id,
        a.as_of_us,
        r.event_us
    from orders_both_asks as a
    asof join orders_both_rows as r
        match_condition (a.as_of_us >= r.known_us)
        on a.customer_id = r.customer_id
    where r.known_us is not null
        and r.event_us >= a.as_of_us - 691200000000
),
orders_both_latest as (
    -- per ask: the latest visible row of `orders_both`, where ttl lets it live
    select
        a.customer_id,
        a.as_of_us,
        r.event_us,
        r.merchant
    from orders_both_latest_moment as a
    inner join orders_both_rows as r
        on a.customer_id = r.customer_id
        and a.event_us = r.event_us
    qualify row_number() over (partition by a.customer_id, a.as_of_us order by r.merchant desc nulls last) = 1
),
orders_both_totals_as_of_running as (
    -- per row of `orders_both`: totals over its entity's rows up to its time
    select
        r.customer_id,
        r.event_us as moment_us,
        count(*) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as row_count
    from orders_both_rows as r
),
orders_both_totals_as_of_edges as (
    -- per ask: the moments at which its windows begin and end
    select
        a.customer_id,
        a.as_of_us,
        0 as edge,
        a.as_of_us as moment_us
    from orders_both_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        1 as edge,
        a.as_of_us - 691200000001 as moment_us
    from orders_both_asks as a
),
orders_both_totals_as_of_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        e.customer_id,
        e.as_of_us,
        e.edge,
        r.row_count
    from orders_both_totals_as_of_edges as e
    asof join orders_both_totals_as_of_running as r
        match_condition (e.moment_us >= r.moment_us)
        on e.customer_id = r.customer_id
    where r.moment_us is not null
),
orders_both_totals_as_of_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.customer_id,
        r.as_of_us,
        coalesce(max(iff(r.edge = 0, r.row_count, null)), 0) - coalesce(max(iff(r.edge = 1, r.row_count, null)), 0) as row_count_last_8d
    from orders_both_totals_as_of_at_edges as r
    group by r.customer_id, r.as_of_us
),
orders_both_totals_as_of as (
    -- per ask: windows over the visible rows of `orders_both`
    select
        w.customer_id,
        w.as_of_us,
        w.row_count_last_8d as orders_both
    from orders_both_totals_as_of_parts as w
)
-- one row for each row of the body, with the features of the moment at which it became known
select
    r.customer_id,
    r.ordered_at,
    orders_both_latest.merchant as merchant_both,
    cast(coalesce(orders_both_totals_as_of.orders_both, 0) as bigint) as orders_both
from orders_both_rows as r
left join orders_both_latest
    on r.customer_id = orders_both_latest.customer_id
    and r.known_us = orders_both_latest.as_of_us
left join orders_both_totals_as_of
    on r.customer_id = orders_both_totals_as_of.customer_id
    and r.known_us = orders_both_totals_as_of.as_of_us
