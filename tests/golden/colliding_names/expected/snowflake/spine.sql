with spine_body as (
    -- the rows of `spine` as its model selects them
    select
        customer_id,
        date_part(epoch_microsecond, date_trunc('microsecond', ordered_at)) as event_us,
        merchant,
        ordered_at
    from shop.orders as orders
    where status = 'ok'
),
spine_rows as (
    -- those that become known to someone, with the microsecond when
    select
        customer_id,
        event_us,
        event_us as known_us,
        merchant,
        ordered_at
    from spine_body
    where customer_id is not null
        and event_us is not null
),
spine_asks as (
    -- every key, at each first instant at which a row of its is visible
    select distinct
        r.customer_id,
        r.known_us + 1 as as_of_us,
        date_part(epoch_microsecond, date_trunc('month', to_timestamp_ntz(r.known_us + 1, 6))) as w_start_us
    from spine_rows as r
),
spine_latest_moment as (
    -- per ask: when its latest visible row happened
    select
        a.customer_id,
        a.as_of_us,
        r.event_us
    from spine_asks as a
    asof join spine_rows as r
        match_condition (a.as_of_us > r.known_us)
        on a.customer_id = r.customer_id
    where r.known_us is not null
),
spine_latest as (
    -- per ask: the latest visible row of `spine`
    select
        a.customer_id,
        a.as_of_us,
        r.event_us,
        r.merchant
    from spine_latest_moment as a
    inner join spine_rows as r
        on a.customer_id = r.customer_id
        and a.event_us = r.event_us
    qualify row_number() over (partition by a.customer_id, a.as_of_us order by r.merchant desc nulls last) = 1
),
spine_totals_as_of_running as (
    -- per row of `spine`: totals over its entity's rows up to its time
    select
        r.customer_id,
        r.event_us as moment_us,
        count(*) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as row_count
    from spine_rows as r
),
spine_totals_as_of_edges as (
    -- per ask: the moments at which its windows begin and end
    select
        a.customer_id,
        a.as_of_us,
        0 as edge,
        a.as_of_us - 1 as moment_us
    from spine_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        1 as edge,
        least(a.w_start_us - 1, a.as_of_us - 1) as moment_us
    from spine_asks as a
),
spine_totals_as_of_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        e.customer_id,
        e.as_of_us,
        e.edge,
        r.row_count
    from spine_totals_as_of_edges as e
    asof join spine_totals_as_of_running as r
        match_condition (e.moment_us >= r.moment_us)
        on e.customer_id = r.customer_id
    where r.moment_us is not null
),
spine_totals_as_of_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.customer_id,
        r.as_of_us,
        coalesce(max(iff(r.edge = 0, r.row_count, null)), 0) - coalesce(max(iff(r.edge = 1, r.row_count, null)), 0) as row_count_w
    from spine_totals_as_of_at_edges as r
    group by r.customer_id, r.as_of_us
),
spine_totals_as_of as (
    -- per ask: windows over the visible rows of `spine`
    select
        w.customer_id,
        w.as_of_us,
        w.row_count_w as w_start_us
    from spine_totals_as_of_parts as w
)
-- one row for each row of the body, with the features of the moment at which it became known
select
    r.customer_id,
    r.ordered_at,
    spine_latest.merchant as spine_merchant,
    cast(coalesce(spine_totals_as_of.w_start_us, 0) as bigint) as w_start_us
from spine_rows as r
left join spine_latest
    on r.customer_id = spine_latest.customer_id
    and r.known_us + 1 = spine_latest.as_of_us
left join spine_totals_as_of
    on r.customer_id = spine_totals_as_of.customer_id
    and r.known_us + 1 = spine_totals_as_of.as_of_us
