with customer_support_body as (
    -- the rows of `customer_support` as its model selects them
    select
        customer_id,
        epoch_us(opened_at) as event_us,
        topic,
        opened_at
    from read_csv('/project/data/tickets.csv') as tickets
),
customer_support_rows as materialized (
    -- those that become known to someone, with the microsecond when
    select
        customer_id,
        event_us,
        event_us as known_us,
        topic,
        opened_at
    from customer_support_body
    where customer_id is not null
        and event_us is not null
),
customer_support_asks as (
    -- every key, at each first instant at which a row of its is visible
    select distinct
        r.customer_id,
        r.known_us + 1 as as_of_us
    from customer_support_rows as r
),
customer_support_latest_changes as (
    -- the last of the rows of `customer_support` that share a key and a time
    select
        r.*
    from customer_support_rows as r
    qualify row_number() over (partition by r.customer_id, r.event_us order by r.topic desc nulls last) = 1
),
customer_support_latest as (
    -- per ask: the latest visible row of `customer_support`
    select
        a.customer_id,
        a.as_of_us,
        r.event_us,
        r.topic
    from customer_support_asks as a
    asof join customer_support_latest_changes as r
        on a.customer_id = r.customer_id and a.as_of_us > r.known_us
),
customer_support_windows as (
    -- per ask: windows over the visible rows of `customer_support`
    select
        a.customer_id,
        a.as_of_us,
        count(*) filter (where r.event_us >= a.as_of_us - 604800000000) as tickets_7d,
        count(distinct r.topic) as topics
    from customer_support_asks as a
    inner join customer_support_rows as r
        on a.customer_id = r.customer_id
        and r.known_us < a.as_of_us
    group by a.customer_id, a.as_of_us
)
-- one row for each row of the body, with the features of the moment at which it became known
select
    r.customer_id,
    r.opened_at,
    customer_support_latest.topic as last_topic,
    coalesce(customer_support_windows.tickets_7d, 0) as tickets_7d,
    coalesce(customer_support_windows.topics, 0) as topics
from customer_support_rows as r
left join customer_support_latest
    on r.customer_id = customer_support_latest.customer_id
    and r.known_us + 1 = customer_support_latest.as_of_us
left join customer_support_windows
    on r.customer_id = customer_support_windows.customer_id
    and r.known_us + 1 = customer_support_windows.as_of_us
