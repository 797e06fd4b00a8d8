with rates_body as (
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
    -- every entity with a visible row, at the time of the run
    select distinct
        r.currency,
        1769904000000000 as as_of_us,
        date_part(epoch_microsecond, iff(convert_timezone('UTC', 'America/New_York', dateadd(hour, -1, convert_timezone('America/New_York', 'UTC', date_trunc('month', convert_timezone('UTC', 'America/New_York', to_timestamp_ntz(1769904000000000, 6)))))) = convert_timezone('UTC', 'America/New_York', convert_timezone('America/New_York', 'UTC', date_trunc('month', convert_timezone('UTC', 'America/New_York', to_timestamp_ntz(1769904000000000, 6))))), dateadd(hour, -1, convert_timezone('America/New_York', 'UTC', date_trunc('month', convert_timezone('UTC', 'America/New_York', to_timestamp_ntz(1769904000000000, 6))))), convert_timezone('America/New_York', 'UTC', date_trunc('month', convert_timezone('UTC', 'America/New_York', to_timestamp_ntz(1769904000000000, 6)))))) as this_month_start_us
    from rates_rows as r
    where r.known_us < 1769904000000000
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
-- one row per entity, as of the time of the run
select
    rates_latest.currency,
    case when rates_latest.event_us is not null then cast(rates_latest.published_at as timestamp_ltz) end as published_at,
    rates_latest.rate,
    cast(rates_windows.lowest_this_month as double) as lowest_this_month,
    to_timestamp_ntz(rates_latest.event_us, 6) as event_time,
    to_timestamp_ntz(rates_latest.as_of_us, 6) as as_of_time
from rates_latest
left join rates_windows
    on rates_latest.currency = rates_windows.currency
    and rates_latest.as_of_us = rates_windows.as_of_us
