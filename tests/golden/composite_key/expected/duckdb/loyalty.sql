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
loyalty_windows as (
    -- per ask: windows over the visible rows of `loyalty`
    select
        a.country,
        a.customer_no,
        a.merchant_id,
        a.as_of_us,
        count(*) as visits_30d
    from loyalty_asks as a
    inner join loyalty_rows as r
        on a.country = r.country
        and a.customer_no = r.customer_no
        and a.merchant_id = r.merchant_id
        and r.known_us < a.as_of_us
        and r.event_us >= a.as_of_us - 2592000000000
    group by a.country, a.customer_no, a.merchant_id, a.as_of_us
)
-- one row for each row of the body, with the features of the moment at which it became known
select
    r.country,
    r.customer_no,
    r.merchant_id,
    r.visited_at,
    loyalty_latest.spent as last_spent,
    coalesce(loyalty_windows.visits_30d, 0) as visits_30d
from loyalty_rows as r
left join loyalty_latest
    on r.country = loyalty_latest.country
    and r.customer_no = loyalty_latest.customer_no
    and r.merchant_id = loyalty_latest.merchant_id
    and r.known_us + 1 = loyalty_latest.as_of_us
left join loyalty_windows
    on r.country = loyalty_windows.country
    and r.customer_no = loyalty_windows.customer_no
    and r.merchant_id = loyalty_windows.merchant_id
    and r.known_us + 1 = loyalty_windows.as_of_us
