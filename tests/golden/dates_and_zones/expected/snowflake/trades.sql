with spine_query as (
    -- the rows that ask, as the model selects them
    select
        currency,
        cast(traded_at as timestamp_ltz) as traded_at
    from raw.trades as trades
),
spine as (
    -- the rows that ask, numbered, with `traded_at` in microseconds of UTC
    select
        q.*,
        row_number() over (order by null) as spine_row,
        date_part(epoch_microsecond, date_trunc('microsecond', q.traded_at)) as as_of_us
    from spine_query as q
),
rates_body as (
    -- the rows of `rates` as its model selects them
    select
        currency,
        date_part(epoch_microsecond, cast(cast(day as date) as timestamp_ntz)) as event_us,
        date_part(epoch_microsecond, date_trunc('microsecond', cast(published_at as timestamp_ltz))) as available_us,
        published_at,
        rate,
        day
    from raw.rates as rates
),
rates_rows as (
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
        date_part(epoch_microsecond, iff(convert_timezone('UTC', 'America/New_York', dateadd(hour, -1, convert_timezone('America/New_York', 'UTC', date_trunc('month', convert_timezone('UTC', 'America/New_York', to_timestamp_ntz(s.as_of_us, 6)))))) = convert_timezone('UTC', 'America/New_York', convert_timezone('America/New_York', 'UTC', date_trunc('month', convert_timezone('UTC', 'America/New_York', to_timestamp_ntz(s.as_of_us, 6))))), dateadd(hour, -1, convert_timezone('America/New_York', 'UTC', date_trunc('month', convert_timezone('UTC', 'America/New_York', to_timestamp_ntz(s.as_of_us, 6))))), convert_timezone('America/New_York', 'UTC', date_trunc('month', convert_timezone('UTC', 'America/New_York', to_timestamp_ntz(s.as_of_us, 6)))))) as this_month_start_us
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
        match_condition (a.as_of_us > r.known_us)
        on a.currency = r.currency
    where r.known_us is not null
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
    case when rates_latest.event_us is not null then cast(rates_latest.published_at as timestamp_ltz) end as published_at,
    rates_latest.rate,
    cast(rates_windows.lowest_this_month as double) as lowest_this_month
from spine as s
left join rates_latest
    on s.currency = rates_latest.currency
    and s.as_of_us = rates_latest.as_of_us
left join rates_windows
    on s.currency = rates_windows.currency
    and s.as_of_us = rates_windows.as_of_us
order by s.spine_row
