with airport_weather_body as (
    -- the rows of `airport_weather` as its model selects them
    select
        airport,
        epoch_us(observed_at) as event_us,
        temp,
        wind,
        observed_at
    from read_csv('/project/data/weather.csv') as weather
),
airport_weather_rows as materialized (
    -- those that become known to someone, with the microsecond when
    select
        airport,
        event_us,
        event_us as known_us,
        temp,
        wind,
        observed_at
    from airport_weather_body
    where airport is not null
        and event_us is not null
),
airport_weather_asks as (
    -- every key, at each first instant at which a row of its is visible
    select distinct
        r.airport,
        r.known_us + 1 as as_of_us
    from airport_weather_rows as r
),
airport_weather_latest_changes as (
    -- the last of the rows of `airport_weather` that share a key and a time
    select
        r.*
    from airport_weather_rows as r
    qualify row_number() over (partition by r.airport, r.event_us order by r.temp desc nulls last, r.wind desc nulls last) = 1
),
airport_weather_latest as (
    -- per ask: the latest visible row of `airport_weather`
    select
        a.airport,
        a.as_of_us,
        r.event_us,
        r.temp
    from airport_weather_asks as a
    asof join airport_weather_latest_changes as r
        on a.airport = r.airport and a.as_of_us > r.known_us
),
airport_weather_windows as (
    -- per ask: windows over the visible rows of `airport_weather`
    select
        a.airport,
        a.as_of_us,
        max(r.wind) as gust_3h
    from airport_weather_asks as a
    inner join airport_weather_rows as r
        on a.airport = r.airport
        and r.known_us < a.as_of_us
        and r.event_us >= a.as_of_us - 10800000000
    group by a.airport, a.as_of_us
)
-- one row for each row of the body, with the features of the moment at which it became known
select
    r.airport,
    r.observed_at,
    airport_weather_latest.temp,
    airport_weather_windows.gust_3h
from airport_weather_rows as r
left join airport_weather_latest
    on r.airport = airport_weather_latest.airport
    and r.known_us + 1 = airport_weather_latest.as_of_us
left join airport_weather_windows
    on r.airport = airport_weather_windows.airport
    and r.known_us + 1 = airport_weather_windows.as_of_us
