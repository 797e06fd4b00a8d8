with a_body as (
    -- the rows of `a` as its model selects them
    select
        customer_id,
        date_part(epoch_microsecond, date_trunc('microsecond', ordered_at)) as event_us,
        amount,
        ordered_at
    from shop.orders as orders
    where status = 'ok'
),
a_rows as (
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
        match_condition (a.as_of_us > r.known_us)
        on a.customer_id = r.customer_id
    where r.known_us is not null
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
a_totals_as_of_running as (
    -- per row of `a`: totals over its entity's rows up to its time
    select
        r.customer_id,
        r.event_us as moment_us,
        sum(r.amount) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as sum_amount,
        count(r.amount) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as count_amount,
        count(*) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as row_count
    from a_rows as r
),
a_totals_as_of_edges as (
    -- per ask: the moments at which its windows begin and end
    select
        a.customer_id,
        a.as_of_us,
        0 as edge,
        a.as_of_us - 1 as moment_us
    from a_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        1 as edge,
        a.as_of_us - 2592000000001 as moment_us
    from a_asks as a
),
a_totals_as_of_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        e.customer_id,
        e.as_of_us,
        e.edge,
        r.sum_amount,
        r.count_amount,
        r.row_count
    from a_totals_as_of_edges as e
    asof join a_totals_as_of_running as r
        match_condition (e.moment_us >= r.moment_us)
        on e.customer_id = r.customer_id
    where r.moment_us is not null
),
a_totals_as_of_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.customer_id,
        r.as_of_us,
        coalesce(max(iff(r.edge = 0, r.sum_amount, null)), 0) - coalesce(max(iff(r.edge = 1, r.sum_amount, null)), 0) as sum_amount_w,
        coalesce(max(iff(r.edge = 0, r.count_amount, null)), 0) - coalesce(max(iff(r.edge = 1, r.count_amount, null)), 0) as count_amount_w,
        coalesce(max(iff(r.edge = 0, r.row_count, null)), 0) - coalesce(max(iff(r.edge = 1, r.row_count, null)), 0) as row_count_w
    from a_totals_as_of_at_edges as r
    group by r.customer_id, r.as_of_us
),
a_totals_as_of as (
    -- per ask: windows over the visible rows of `a`
    select
        w.customer_id,
        w.as_of_us,
        cast(case when w.count_amount_w > 0 then w.sum_amount_w end as bigint) as spend,
        w.row_count_w as row_order_2
    from a_totals_as_of_parts as w
)
-- one row for each row of the body, with the features of the moment at which it became known
select
    r.customer_id,
    r.ordered_at,
    a_latest.amount as event_us,
    cast(a_totals_as_of.spend as bigint) as spend,
    cast(coalesce(a_totals_as_of.row_order_2, 0) as bigint) as row_order
from a_rows as r
left join a_latest
    on r.customer_id = a_latest.customer_id
    and r.known_us + 1 = a_latest.as_of_us
left join a_totals_as_of
    on r.customer_id = a_totals_as_of.customer_id
    and r.known_us + 1 = a_totals_as_of.as_of_us
