with spine_body as (
    -- the rows of `spine` as its model selects them
    select
        customer_id,
        epoch_us(ordered_at) as event_us,
        merchant,
        ordered_at
    from read_csv('/project/data/orders.csv') as orders
    where status = 'ok'
),
spine_rows as materialized (
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
        epoch_us(cast(date_trunc('month', make_timestamp(r.known_us + 1)) as timestamp)) as w_start_us
    from spine_rows as r
),
spine_latest_changes as (
    -- the last of the rows of `spine` that share a key and a time
    select
        r.*
    from spine_rows as r
    qualify row_number() over (partition by r.customer_id, r.event_us order by r.merchant desc nulls last) = 1
),
spine_latest as (
    -- per ask: the latest visible row of `spine`
    select
        a.customer_id,
        a.as_of_us,
        r.event_us,
        r.merchant
    from spine_asks as a
    asof join spine_latest_changes as r
        on a.customer_id = r.customer_id and a.as_of_us > r.known_us
),
spine_totals_running as (
    -- per row of `spine`: totals over its entity's rows up to its time
    select
        r.customer_id,
        r.event_us as moment_us,
        count(*) over (partition by r.customer_id order by r.event_us range between unbounded preceding and current row) as "rows"
    from spine_rows as r
),
spine_totals_edges as (
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
spine_totals_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        e.customer_id,
        e.as_of_us,
        e.edge,
        r."rows"
    from spine_totals_edges as e
    asof join spine_totals_running as r
        on e.customer_id = r.customer_id and e.moment_us >= r.moment_us
),
spine_totals_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.customer_id,
        r.as_of_us,
        coalesce(max(r."rows") filter (where r.edge = 0), 0) - coalesce(max(r."rows") filter (where r.edge = 1), 0) as rows_w
    from spine_totals_at_edges as r
    group by r.customer_id, r.as_of_us
),
spine_totals as (
    -- per ask: windows over the visible rows of `spine`
    select
        w.customer_id,
        w.as_of_us,
        w.rows_w as w_start_us
    from spine_totals_parts as w
)
-- one row for each row of the body, with the features of the moment at which it became known
select
    r.customer_id,
    r.ordered_at,
    spine_latest.merchant as spine_merchant,
    coalesce(spine_totals.w_start_us, 0) as w_start_us
from spine_rows as r
left join spine_latest
    on r.customer_id = spine_latest.customer_id
    and r.known_us + 1 = spine_latest.as_of_us
left join spine_totals
    on r.customer_id = spine_totals.customer_id
    and r.known_us + 1 = spine_totals.as_of_us
