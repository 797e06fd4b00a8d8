with holidays_body as (
    -- the rows of `holidays` as its model selects them
    select
        date_part(epoch_microsecond, date_trunc('microsecond', ordered_at)) as event_us,
        merchant,
        ordered_at
    from shop.orders as orders
),
holidays_rows as (
    -- those that become known to someone, with the microsecond when
    select
        event_us,
        event_us as known_us,
        merchant,
        ordered_at
    from holidays_body
    where event_us is not null
),
holidays_asks as (
    -- every key, at each first instant at which a row of its is visible
    select distinct
        r.known_us + 1 as as_of_us
    from holidays_rows as r
),
holidays_latest_moment as (
    -- per ask: when its latest visible row happened
    select
        a.as_of_us,
        r.event_us
    from holidays_asks as a
    asof join holidays_rows as r
        match_condition (a.as_of_us > r.known_us)
    where r.known_us is not null
),
holidays_latest as (
    -- per ask: the latest visible row of `holidays`
    select
        a.as_of_us,
        r.event_us,
        r.merchant
    from holidays_latest_moment as a
    inner join holidays_rows as r
        on a.event_us = r.event_us
    qualify row_number() over (partition by a.as_of_us order by r.merchant desc nulls last) = 1
),
holidays_totals_as_of_running as (
    -- per row of `holidays`: totals over its entity's rows up to its time
    select
        r.event_us as moment_us,
        count(*) over (order by r.event_us range between unbounded preceding and current row) as row_count
    from holidays_rows as r
),
holidays_totals_as_of_edges as (
    -- per ask: the moments at which its windows begin and end
    select
        a.as_of_us,
        0 as edge,
        a.as_of_us - 1 as moment_us
    from holidays_asks as a
    union all
    select
        a.as_of_us,
        1 as edge,
        a.as_of_us - 604800000001 as moment_us
    from holidays_asks as a
),
holidays_totals_as_of_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        e.as_of_us,
        e.edge,
        r.row_count
    from holidays_totals_as_of_edges as e
    asof join holidays_totals_as_of_running as r
        match_condition (e.moment_us >= r.moment_us)
    where r.moment_us is not null
),
holidays_totals_as_of_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.as_of_us,
        coalesce(max(iff(r.edge = 0, r.row_count, null)), 0) - coalesce(max(iff(r.edge = 1, r.row_count, null)), 0) as row_count_last_7d
    from holidays_totals_as_of_at_edges as r
    group by r.as_of_us
),
holidays_totals_as_of as (
    -- per ask: windows over the visible rows of `holidays`
    select
        w.as_of_us,
        w.row_count_last_7d as orders_of_all_7d
    from holidays_totals_as_of_parts as w
)
-- one row for each row of the body, with the features of the moment at which it became known
select
    r.ordered_at,
    holidays_latest.merchant as last_merchant,
    cast(coalesce(holidays_totals_as_of.orders_of_all_7d, 0) as bigint) as orders_of_all_7d
from holidays_rows as r
left join holidays_latest
    on r.known_us + 1 = holidays_latest.as_of_us
left join holidays_totals_as_of
    on r.known_us + 1 = holidays_totals_as_of.as_of_us
