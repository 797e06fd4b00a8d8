with loyalty_body as (
    -- the rows of `loyalty` as its model selects them
    select
        country,
        customer_no,
        merchant_id,
        epoch_us(visited_at) as event_us,
        spent,
        visited_at
    from read_csv('/project/data/visits.csv') as visits
),
loyalty_rows as materialized (
    -- those that become known to someone, with the microsecond when
    select
        country,
        customer_no,
        merchant_id,
        event_us,
        event_us as known_us,
        spent,
        visited_at
    from loyalty_body
    where country is not null
        and customer_no is not null
        and merchant_id is not null
        and event_us is not null
),
loyalty_asks as (
    -- every key, at each first instant at which a row of its is visible
    select distinct
        r.country,
        r.customer_no,
        r.merchant_id,
        r.known_us + 1 as as_of_us
    from loyalty_rows as r
),
loyalty_latest_changes as (
    -- the last of the rows of `loyalty` that share a key and a time
    select
        r.*
    from loyalty_rows as r
    qualify row_number() over (partition by r.country, r.customer_no, r.merchant_id, r.event_us order by r.spent desc nulls last) = 1
),
loyalty_latest as (
    -- per ask: the latest visible row of `loyalty`
    select
        a.country,
        a.customer_no,
        a.merchant_id,
        a.as_of_us,
        r.event_us,
        r.spent
    from loyalty_asks as a
    asof join loyalty_latest_changes as r
        on a.country = r.country and a.customer_no = r.customer_no and a.merchant_id = r.merchant_id and a.as_of_us > r.known_us
),
loyalty_totals_running as (
    -- per row of `loyalty`: totals over its entity's rows up to its time
    select
        r.country,
        r.customer_no,
        r.merchant_id,
        r.event_us as moment_us,
        count(*) over (partition by r.country, r.customer_no, r.merchant_id order by r.event_us range between unbounded preceding and current row) as "rows"
    from loyalty_rows as r
),
loyalty_totals_edges as (
    -- per ask: the moments at which its windows begin and end
    select
        a.country,
        a.customer_no,
        a.merchant_id,
        a.as_of_us,
        0 as edge,
        a.as_of_us - 1 as moment_us
    from loyalty_asks as a
    union all
    select
        a.country,
        a.customer_no,
        a.merchant_id,
        a.as_of_us,
        1 as edge,
        a.as_of_us - 2592000000001 as moment_us
    from loyalty_asks as a
),
loyalty_totals_at_edges as (
    -- per ask and edge: the totals up to that moment
    select
        e.country,
        e.customer_no,
        e.merchant_id,
        e.as_of_us,
        e.edge,
        r."rows"
    from loyalty_totals_edges as e
    asof join loyalty_totals_running as r
        on e.country = r.country and e.customer_no = r.customer_no and e.merchant_id = r.merchant_id and e.moment_us >= r.moment_us
),
loyalty_totals_parts as (
    -- per ask and window: the total at its end less the total at its start
    select
        r.country,
        r.customer_no,
        r.merchant_id,
        r.as_of_us,
        coalesce(max(r."rows") filter (where r.edge = 0), 0) - coalesce(max(r."rows") filter (where r.edge = 1), 0) as rows_last_30d
    from loyalty_totals_at_edges as r
    group by r.country, r.customer_no, r.merchant_id, r.as_of_us
),
loyalty_totals as (
    -- per ask: windows over the visible rows of `loyalty`
    select
        w.country,
        w.customer_no,
        w.merchant_id,
        w.as_of_us,
        w.rows_last_30d as visits_30d
    from loyalty_totals_parts as w
)
-- one row for each row of the body, with the features of the moment at which it became known
select
    r.country,
    r.customer_no,
    r.merchant_id,
    r.visited_at,
    loyalty_latest.spent as last_spent,
    coalesce(loyalty_totals.visits_30d, 0) as visits_30d
from loyalty_rows as r
left join loyalty_latest
    on r.country = loyalty_latest.country
    and r.customer_no = loyalty_latest.customer_no
    and r.merchant_id = loyalty_latest.merchant_id
    and r.known_us + 1 = loyalty_latest.as_of_us
left join loyalty_totals
    on r.country = loyalty_totals.country
    and r.customer_no = loyalty_totals.customer_no
    and r.merchant_id = loyalty_totals.merchant_id
    and r.known_us + 1 = loyalty_totals.as_of_us
