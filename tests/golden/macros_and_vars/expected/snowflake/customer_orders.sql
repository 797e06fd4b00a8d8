with customer_orders_body as (
    -- the rows of `customer_orders` as its model selects them
    select
        customer_id,
        date_part(epoch_microsecond, date_trunc('microsecond', ordered_at)) as event_us,
        amount,
        status = 'ok' as ok_30d_where_input,
        status = 'cancelled' as cancelled_30d_where_input,
        ordered_at,
        status
    from (
        select
            *
        from shop.orders as orders
        where
            ordered_at >= cast('2026-01-02' as timestamp_ntz)
    ) as o
),
customer_orders_rows as (
    -- those that become known to someone, with the microsecond when
    select
        customer_id,
        event_us,
        event_us as known_us,
        amount,
        ok_30d_where_input,
        cancelled_30d_where_input,
        ordered_at,
        status
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
customer_orders_latest_moment as (
    -- per ask: when its latest visible row happened
    select
        a.customer_id,
        a.as_of_us,
        r.event_us
    from customer_orders_asks as a
    asof join customer_orders_rows as r
        match_condition (a.as_of_us > r.known_us)
        on a.customer_id = r.customer_id
    where r.known_us is not null
),
customer_orders_latest as (
    -- per ask: the latest visible row of `customer_orders`
    select
        a.customer_id,
        a.as_of_us,
        r.event_us,
        r.amount
    from customer_orders_latest_moment as a
    inner join customer_orders_rows as r
        on a.customer_id = r.customer_id
        and a.event_us = r.event_us
    qualify row_number() over (partition by a.customer_id, a.as_of_us order by r.amount desc nulls last, r.status desc nulls last) = 1
),
customer_orders_totals_as_of_running as (
    -- per row of `customer_orders`: totals over its entity's rows up to its time
    select
        r.customer_id,
        r.event_us as moment_us,
        count_if(r.ok_30d_where_input) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as row_count,
        count_if(r.cancelled_30d_where_input) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as row_count_2
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
        r.row_count_2
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
        coalesce(max(iff(r.edge = 0, r.row_count_2, null)), 0) - coalesce(max(iff(r.edge = 1, r.row_count_2, null)), 0) as row_count_2_last_30d
    from customer_orders_totals_as_of_at_edges as r
    group by r.customer_id, r.as_of_us
),
customer_orders_totals_as_of as (
    -- per ask: windows over the visible rows of `customer_orders`
    select
        w.customer_id,
        w.as_of_us,
        w.row_count_last_30d as ok_30d,
        w.row_count_2_last_30d as cancelled_30d
    from customer_orders_totals_as_of_parts as w
)
-- one row for each row of the body, with the features of the moment at which it became known
select
    r.customer_id,
    r.ordered_at,
    cast(case when customer_orders_latest.event_us is not null then cast(round(customer_orders_latest.amount * 100) as bigint) end as bigint) as last_cents,
    cast(coalesce(customer_orders_totals_as_of.ok_30d, 0) as bigint) as ok_30d,
    cast(coalesce(customer_orders_totals_as_of.cancelled_30d, 0) as bigint) as cancelled_30d
from customer_orders_rows as r
left join customer_orders_latest
    on r.customer_id = customer_orders_latest.customer_id
    and r.known_us + 1 = customer_orders_latest.as_of_us
left join customer_orders_totals_as_of
    on r.customer_id = customer_orders_totals_as_of.customer_id
    and r.known_us + 1 = customer_orders_totals_as_of.as_of_us
