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
airport_weather_tiles_placed as (
    -- rows of `airport_weather` with their place by event time, and whether they are the last of their moment
    select
        r.airport,
        r.event_us,
        r.wind,
        row_number() over (partition by r.airport order by r.event_us) - 1 as position,
        row_number() over (partition by r.airport order by r.event_us) = count(*) over (partition by r.airport order by r.event_us range between unbounded preceding and current row) as is_last
    from airport_weather_rows as r
),
airport_weather_tiles_in_tiles as materialized (
    -- per row: the parts over its tile of 32 rows, up to it and after it
    select
        r.airport,
        r.event_us,
        r.wind,
        r.position,
        r.is_last,
        r.position // 32 as tile,
        max(r.wind) over (partition by r.airport, r.position // 32 order by r.position rows between unbounded preceding and current row) as max_wind_up_to,
        max(r.wind) over (partition by r.airport, r.position // 32 order by r.position rows between 1 following and unbounded following) as max_wind_after
    from airport_weather_tiles_placed as r
),
airport_weather_tiles_tiles as (
    -- per tile: the parts over its rows
    select
        r.airport,
        r.tile,
        max(r.wind) as max_wind
    from airport_weather_tiles_in_tiles as r
    group by r.airport, r.tile
),
airport_weather_tiles_heights as (
    -- per entity: its last tile
    select
        t.airport,
        max(t.tile) as last_tile
    from airport_weather_tiles_tiles as t
    group by t.airport
),
airport_weather_tiles_levels as (
    -- how often tiles can be doubled
    select range as level
    from range(48)
),
airport_weather_tiles_blocks as materialized (
    -- per tile and level: the parts from it to the middle of the block around it
    select
        t.airport,
        l.level,
        t.tile,
        max(t.max_wind) over (partition by t.airport, l.level, t.tile // cast(power(2, l.level) as bigint) order by case when (t.tile // cast(power(2, l.level) as bigint)) % 2 = 0 then 0 - t.tile else t.tile end rows between unbounded preceding and current row) as max_wind
    from airport_weather_tiles_tiles as t
    inner join airport_weather_tiles_heights as h
        on t.airport = h.airport
    inner join airport_weather_tiles_levels as l
        on cast(power(2, l.level) as bigint) <= greatest(h.last_tile, 1)
),
airport_weather_tiles_edges as (
    -- per ask: the moments at which its windows begin and end
    select
        a.airport,
        a.as_of_us,
        0 as edge,
        a.as_of_us - 1 as moment_us
    from airport_weather_asks as a
    union all
    select
        a.airport,
        a.as_of_us,
        1 as edge,
        a.as_of_us - 10800000001 as moment_us
    from airport_weather_asks as a
),
airport_weather_tiles_moments as (
    -- the last row of each moment
    select
        r.airport,
        r.event_us,
        r.position,
        r.tile,
        r.max_wind_up_to,
        r.max_wind_after
    from airport_weather_tiles_in_tiles as r
    where r.is_last = true
),
airport_weather_tiles_at_edges as (
    -- per ask and edge: the last row up to it
    select
        e.airport,
        e.as_of_us,
        e.edge,
        r.position,
        r.tile,
        r.max_wind_up_to,
        r.max_wind_after
    from airport_weather_tiles_edges as e
    asof join airport_weather_tiles_moments as r
        on e.airport = r.airport and e.moment_us >= r.event_us
),
airport_weather_tiles_reach as materialized (
    -- per ask: the rows at its edges, beside each other
    select
        e.airport,
        e.as_of_us,
        max(e.position) filter (where e.edge = 0) as position_0,
        max(e.tile) filter (where e.edge = 0) as tile_0,
        max(e.max_wind_up_to) filter (where e.edge = 0) as max_wind_up_to_0,
        max(e.position) filter (where e.edge = 1) as position_1,
        max(e.tile) filter (where e.edge = 1) as tile_1,
        max(e.max_wind_after) filter (where e.edge = 1) as max_wind_after_1
    from airport_weather_tiles_at_edges as e
    group by e.airport, e.as_of_us
),
airport_weather_tiles_spans as materialized (
    -- per ask and window that is not empty: its rows and tiles, first ones excluded, and the level where they meet
    select
        a.airport,
        a.as_of_us,
        0 as span,
        coalesce(a.position_1, -1) as first_position,
        a.position_0 as last_position,
        coalesce(a.tile_1, -1) as start_tile,
        a.tile_0 as end_tile,
        case when coalesce(a.tile_1, -1) + 1 < a.tile_0 - 1 then cast(floor(log2(xor(coalesce(a.tile_1, -1) + 1, a.tile_0 - 1))) as bigint) else 0 end as level
    from airport_weather_tiles_reach as a
    where a.position_0 > coalesce(a.position_1, -1)
),
airport_weather_tiles_pieces as (
    -- per ask and window: its rows where they stand in one tile, else the blocks of its whole tiles
    select
        a.airport,
        a.as_of_us,
        a.span,
        max(r.wind) as max_wind
    from airport_weather_tiles_spans as a
    inner join airport_weather_tiles_in_tiles as r
        on a.airport = r.airport
        and a.end_tile = r.tile
        and a.first_position < r.position
        and a.last_position >= r.position
    where a.start_tile = a.end_tile
    group by a.airport, a.as_of_us, a.span
    union all
    select
        a.airport,
        a.as_of_us,
        a.span,
        b.max_wind
    from airport_weather_tiles_spans as a
    inner join airport_weather_tiles_blocks as b
        on a.airport = b.airport
        and a.level = b.level
        and a.start_tile + 1 = b.tile
    where a.start_tile + 1 <= a.end_tile - 1
    union all
    select
        a.airport,
        a.as_of_us,
        a.span,
        b.max_wind
    from airport_weather_tiles_spans as a
    inner join airport_weather_tiles_blocks as b
        on a.airport = b.airport
        and a.level = b.level
        and a.end_tile - 1 = b.tile
    where a.start_tile + 1 < a.end_tile - 1
),
airport_weather_tiles_inner as (
    -- per ask: what stands between the edges of its windows
    select
        p.airport,
        p.as_of_us,
        max(p.max_wind) filter (where p.span = 0) as max_wind_last_3h
    from airport_weather_tiles_pieces as p
    group by p.airport, p.as_of_us
),
airport_weather_tiles as (
    -- per ask: windows over the visible rows of `airport_weather`
    select
        a.airport,
        a.as_of_us,
        greatest(i.max_wind_last_3h, case when a.tile_0 <> coalesce(a.tile_1, -1) then a.max_wind_up_to_0 end, case when a.tile_0 <> coalesce(a.tile_1, -1) then a.max_wind_after_1 end) as gust_3h
    from airport_weather_tiles_reach as a
    left join airport_weather_tiles_inner as i
        on a.airport = i.airport
        and a.as_of_us = i.as_of_us
)
-- one row for each row of the body, with the features of the moment at which it became known
select
    r.airport,
    r.observed_at,
    airport_weather_latest.temp,
    airport_weather_tiles.gust_3h
from airport_weather_rows as r
left join airport_weather_latest
    on r.airport = airport_weather_latest.airport
    and r.known_us + 1 = airport_weather_latest.as_of_us
left join airport_weather_tiles
    on r.airport = airport_weather_tiles.airport
    and r.known_us + 1 = airport_weather_tiles.as_of_us
