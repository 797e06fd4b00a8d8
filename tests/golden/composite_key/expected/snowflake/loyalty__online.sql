with loyalty_body as (
    -- the rows of `loyalty` as its model selects them
    select
        country,
        customer_no,
        merchant_id,
        date_part(epoch_microsecond, date_trunc('microsecond', visited_at)) as event_us,
        spent
    from shop.visits as visits
),
loyalty_rows as (
    -- those that become known to someone, with the microsecond when
    select
        country,
        customer_no,
        merchant_id,
        event_us,
        event_us as known_us,
        spent
    from loyalty_body
    where country is not null
        and customer_no is not null
        and merchant_id is not null
        and event_us is not null
),
loyalty_asks as (
    -- every entity with a visible row, at the time of the run
    select distinct
        r.country,
        r.customer_no,
        r.merchant_id,
        1769904000000000 as as_of_us
    from loyalty_rows as r
    where r.known_us < 1769904000000000
),
loyalty_latest_moment as (
    -- per ask: when its latest visible row happened
    select
        a.country,
        a.customer_no,
        a.merchant_id,
        a.as_of_us,
        r.event_us
    from loyalty_asks as a
    asof join loyalty_rows as r
        match_condition (a.as_of_us > r.known_us)
        on a.country = r.country and a.customer_no = r.customer_no and a.merchant_id = r.merchant_id
    where r.known_us is not null
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
    from loyalty_latest_moment as a
    inner join loyalty_rows as r
        on a.country = r.country
        and a.customer_no = r.customer_no
        and a.merchant_id = r.merchant_id
        and a.event_us = r.event_us
    qualify row_number() over (partition by a.country, a.customer_no, a.merchant_id, a.as_of_us order by r.spent desc nulls last) = 1
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
-- one row per entity, as of the time of the run
select
    loyalty_latest.country,
    loyalty_latest.customer_no,
    loyalty_latest.merchant_id,
    loyalty_latest.spent as last_spent,
    cast(coalesce(loyalty_windows.visits_30d, 0) as bigint) as visits_30d,
    to_timestamp_ntz(loyalty_latest.event_us, 6) as event_time,
    to_timestamp_ntz(loyalty_latest.as_of_us, 6) as as_of_time
from loyalty_latest
left join loyalty_windows
    on loyalty_latest.country = loyalty_windows.country
    and loyalty_latest.customer_no = loyalty_windows.customer_no
    and loyalty_latest.merchant_id = loyalty_windows.merchant_id
    and loyalty_latest.as_of_us = loyalty_windows.as_of_us
