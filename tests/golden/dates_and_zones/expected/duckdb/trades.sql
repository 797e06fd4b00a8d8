with spine_query as (
    -- the rows that ask, as the model selects them
    select
        currency,
        cast(traded_at as timestamptz) as traded_at
    from read_csv('/project/data/trades.csv') as trades
),
spine as materialized (
    -- the rows that ask, numbered, with `traded_at` in microseconds of UTC
    select
        q.*,
        row_number() over () as spine_row,
        epoch_us(q.traded_at) as as_of_us
    from spine_query as q
),
rates_body as (
    -- the rows of `rates` as its model selects them
    select
        currency,
        epoch_us(cast(day as date)) as event_us,
        epoch_us(cast(published_at as timestamptz)) as available_us,
        published_at,
        rate,
        day
    from read_csv('/project/data/rates.csv') as rates
),
rates_rows as materialized (
    -- those that become known to someone, with the microsecond when and their rank among their own
    select
        currency,
        event_us,
        greatest(event_us, available_us) as known_us,
        published_at,
        rate,
        day,
        row_number() over (partition by currency order by event_us, greatest(event_us, available_us) nulls first, day nulls first, published_at nulls first, rate nulls first) as row_order
    from rates_body
    where currency is not null
        and event_us is not null
        and available_us is not null
),
rates_asks as (
    -- the distinct keys and times at which the spine asks `rates`
    select distinct
        s.currency,
        s.as_of_us,
        epoch_us(case when timezone('America/New_York', (timezone('America/New_York', cast(date_trunc('month', timezone('America/New_York', timezone('UTC', make_timestamp(s.as_of_us)))) as timestamp)) - to_hours(1))) = timezone('America/New_York', timezone('America/New_York', cast(date_trunc('month', timezone('America/New_York', timezone('UTC', make_timestamp(s.as_of_us)))) as timestamp))) then (timezone('America/New_York', cast(date_trunc('month', timezone('America/New_York', timezone('UTC', make_timestamp(s.as_of_us)))) as timestamp)) - to_hours(1)) else timezone('America/New_York', cast(date_trunc('month', timezone('America/New_York', timezone('UTC', make_timestamp(s.as_of_us)))) as timestamp)) end) as this_month_start_us
    from spine as s
    where s.currency is not null
        and s.as_of_us is not null
),
rates_latest_changes as (
    -- rows of `rates` that become the latest when they become known; one per key and known time
    select
        r.*
    from rates_rows as r
    qualify r.row_order = max(r.row_order) over (partition by r.currency order by r.known_us)
),
rates_latest as (
    -- per ask: the latest visible row of `rates`
    select
        a.currency,
        a.as_of_us,
        r.event_us,
        r.published_at,
        r.rate
    from rates_asks as a
    asof join rates_latest_changes as r
        on a.currency = r.currency and a.as_of_us > r.known_us
),
rates_windows as (
    -- per ask: windows over the visible rows of `rates`
    select
        a.currency,
        a.as_of_us,
        min(r.rate) as lowest_this_month
    from rates_asks as a
    inner join rates_rows as r
        on a.currency = r.currency
        and r.known_us < a.as_of_us
        and r.event_us >= a.this_month_start_us
    group by a.currency, a.as_of_us
)
-- the spine's rows, each once, with their features
select
    s.currency,
    s.traded_at,
    case when rates_latest.event_us is not null then cast(rates_latest.published_at as timestamptz) end as published_at,
    rates_latest.rate,
    rates_windows.lowest_this_month
from spine as s
left join rates_latest
    on s.currency = rates_latest.currency
    and s.as_of_us = rates_latest.as_of_us
left join rates_windows
    on s.currency = rates_windows.currency
    and s.as_of_us = rates_windows.as_of_us
order by s.spine_row
