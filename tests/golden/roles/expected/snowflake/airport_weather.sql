with airport_weather_body as (
    -- the rows of `airport_weather` as its model selects them
    select
        airport,
        date_part(epoch_microsecond, date_trunc('microsecond', observed_at)) as event_us,
        temp,
        wind,
        observed_at
    from air.weather as weather
),
airport_weather_rows as (
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
airport_weather_latest_moment as (
    -- per ask: when its latest visible row happened
    select
        a.airport,
        a.as_of_us,
        r.event_us
    from airport_weather_asks as a
    asof join airport_weather_rows as r
        match_condition (a.as_of_us > r.known_us)
        on a.airport = r.airport
    where r.known_us is not null
),
airport_weather_latest as (
    -- per ask: the latest visible row of `airport_weather`
    select
        a.airport,
        a.as_of_us,
        r.event_us,
        r.temp
    from airport_weather_latest_moment as a
    inner join airport_weather_rows as r
        on a.airport = r.airport
        and a.event_us = r.event_us
    qualify row_number() over (partition by a.airport, a.as_of_us order by r.temp desc nulls last, r.wind desc nulls last) = 1
),
airport_weather_frames_heap as (
    -- the rows of `airport_weather` and the asks, by time
    select
        r.airport,
        r.event_us + 1 as moment_us,
        true as is_row,
        r.wind
    from airport_weather_rows as r
    union all
    select
        a.airport,
        a.as_of_us as moment_us,
        false as is_row,
        null as wind
    from airport_weather_asks as a
),
airport_weather_frames_framed as (
    -- per row and ask: the rows of each frame, aggregated
    select
        h.airport,
        h.moment_us as as_of_us,
        h.is_row,
        max(h.wind) over (partition by h.airport order by h.moment_us range between 10799999999 preceding and current row) as gust_3h
    from airport_weather_frames_heap as h
),
airport_weather_frames as (
    -- per ask: windows over the visible rows of `airport_weather`
    select
        r.airport,
        r.as_of_us,
        r.gust_3h
    from airport_weather_frames_framed as r
    where r.is_row = false
)
-- one row for each row of the body, with the features of the moment at which it became known
select
    r.airport,
    r.observed_at,
    airport_weather_latest.temp,
    cast(airport_weather_frames.gust_3h as bigint) as gust_3h
from airport_weather_rows as r
left join airport_weather_latest
    on r.airport = airport_weather_latest.airport
    and r.known_us + 1 = airport_weather_latest.as_of_us
left join airport_weather_frames
    on r.airport = airport_weather_frames.airport
    and r.known_us + 1 = airport_weather_frames.as_of_us
