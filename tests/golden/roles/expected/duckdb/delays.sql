with spine_query as (
    -- the rows that ask, as the model selects them
    select
        flight,
        origin,
        destination,
        departs_at,
        is_late
    from read_csv('/project/data/flights.csv') as flights
),
spine as materialized (
    -- the rows that ask, numbered, with `departs_at` in microseconds of UTC
    select
        q.*,
        row_number() over () as spine_row,
        epoch_us(q.departs_at) as as_of_us
    from spine_query as q
),
airport_weather_body as (
    -- the rows of `airport_weather` as its model selects them
    select
        airport,
        epoch_us(observed_at) as event_us,
        temp,
        wind
    from read_csv('/project/data/weather.csv') as weather
),
airport_weather_rows as materialized (
    -- those that become known to someone, with the microsecond when
    select
        airport,
        event_us,
        event_us as known_us,
        temp,
        wind
    from airport_weather_body
    where airport is not null
        and event_us is not null
),
airport_weather_asks as (
    -- the distinct keys and times at which the spine asks `airport_weather`
    select distinct
        s.origin as airport,
        s.as_of_us
    from spine as s
    where s.origin is not null
        and s.as_of_us is not null
),
airport_weather_latest_moment as (
    -- per ask: when its latest visible row happened
    select
        a.airport,
        a.as_of_us,
        r.event_us
    from airport_weather_asks as a
    asof join airport_weather_rows as r
        on a.airport = r.airport and a.as_of_us > r.known_us
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
airport_weather_tiles_heap as (
    -- the rows of `airport_weather`, and per ask the moments at which its windows begin and end
    select
        r.airport,
        null as as_of_us,
        null as edge,
        0 as turn,
        r.event_us as moment_us,
        r.wind
    from airport_weather_rows as r
    union all
    select
        a.airport,
        a.as_of_us,
        0 as edge,
        1 as turn,
        a.as_of_us - 1 as moment_us,
        null as wind
    from airport_weather_asks as a
    union all
    select
        a.airport,
        a.as_of_us,
        1 as edge,
        1 as turn,
        a.as_of_us - 10800000001 as moment_us,
        null as wind
    from airport_weather_asks as a
),
airport_weather_tiles_sorted as (
    -- the same by entity and time; at one moment the rows come first
    select
        h.*
    from airport_weather_tiles_heap as h
    order by h.airport, h.moment_us, h.turn
),
airport_weather_tiles_scan_1 as (
    -- per entry: its place, and its own part of each aggregate
    select
        h.airport,
        h.as_of_us,
        h.edge,
        row_number() over () - 1 as position,
        case when (h.turn = 0) then h.wind end as max_wind_up_to,
        case when (h.turn = 0) then h.wind end as max_wind_from
    from airport_weather_tiles_sorted as h
),
airport_weather_tiles_scan_2 as (
    -- per entry: the parts over 2 entries up to it, and from it on, within its tile
    select
        e.airport,
        e.as_of_us,
        e.edge,
        e.position,
        case when e.position % 16 >= 1 then greatest(e.max_wind_up_to, lag(e.max_wind_up_to, 1) over ()) else e.max_wind_up_to end as max_wind_up_to,
        case when e.position % 16 < 15 then greatest(e.max_wind_from, lead(e.max_wind_from, 1) over ()) else e.max_wind_from end as max_wind_from
    from airport_weather_tiles_scan_1 as e
),
airport_weather_tiles_scan_4 as (
    -- per entry: the parts over 4 entries up to it, and from it on, within its tile
    select
        e.airport,
        e.as_of_us,
        e.edge,
        e.position,
        case when e.position % 16 >= 2 then greatest(e.max_wind_up_to, lag(e.max_wind_up_to, 2) over ()) else e.max_wind_up_to end as max_wind_up_to,
        case when e.position % 16 < 14 then greatest(e.max_wind_from, lead(e.max_wind_from, 2) over ()) else e.max_wind_from end as max_wind_from
    from airport_weather_tiles_scan_2 as e
),
airport_weather_tiles_scan_8 as (
    -- per entry: the parts over 8 entries up to it, and from it on, within its tile
    select
        e.airport,
        e.as_of_us,
        e.edge,
        e.position,
        case when e.position % 16 >= 4 then greatest(e.max_wind_up_to, lag(e.max_wind_up_to, 4) over ()) else e.max_wind_up_to end as max_wind_up_to,
        case when e.position % 16 < 12 then greatest(e.max_wind_from, lead(e.max_wind_from, 4) over ()) else e.max_wind_from end as max_wind_from
    from airport_weather_tiles_scan_4 as e
),
airport_weather_tiles_entries as materialized (
    -- per entry: the parts over 16 entries up to it, and from it on, within its tile
    select
        e.airport,
        e.as_of_us,
        e.edge,
        e.position,
        case when e.position % 16 >= 8 then greatest(e.max_wind_up_to, lag(e.max_wind_up_to, 8) over ()) else e.max_wind_up_to end as max_wind_up_to,
        case when e.position % 16 < 8 then greatest(e.max_wind_from, lead(e.max_wind_from, 8) over ()) else e.max_wind_from end as max_wind_from
    from airport_weather_tiles_scan_8 as e
),
airport_weather_tiles_blocks_of_1 as (
    -- per whole tile: the parts over it
    select
        e.position // 16 as tile,
        e.max_wind_up_to as max_wind
    from airport_weather_tiles_entries as e
    where e.position % 16 = 15
),
airport_weather_tiles_blocks_of_2 as (
    -- per tile: the parts over it and the 1 before it
    select
        b.tile,
        greatest(b.max_wind, lag(b.max_wind, 1) over ()) as max_wind
    from airport_weather_tiles_blocks_of_1 as b
),
airport_weather_tiles_blocks_of_4 as (
    -- per tile: the parts over it and the 3 before it
    select
        b.tile,
        greatest(b.max_wind, lag(b.max_wind, 2) over ()) as max_wind
    from airport_weather_tiles_blocks_of_2 as b
),
airport_weather_tiles_blocks_of_8 as (
    -- per tile: the parts over it and the 7 before it
    select
        b.tile,
        greatest(b.max_wind, lag(b.max_wind, 4) over ()) as max_wind
    from airport_weather_tiles_blocks_of_4 as b
),
airport_weather_tiles_blocks_of_16 as (
    -- per tile: the parts over it and the 15 before it
    select
        b.tile,
        greatest(b.max_wind, lag(b.max_wind, 8) over ()) as max_wind
    from airport_weather_tiles_blocks_of_8 as b
),
airport_weather_tiles_blocks_of_32 as (
    -- per tile: the parts over it and the 31 before it
    select
        b.tile,
        greatest(b.max_wind, lag(b.max_wind, 16) over ()) as max_wind
    from airport_weather_tiles_blocks_of_16 as b
),
airport_weather_tiles_blocks_of_64 as (
    -- per tile: the parts over it and the 63 before it
    select
        b.tile,
        greatest(b.max_wind, lag(b.max_wind, 32) over ()) as max_wind
    from airport_weather_tiles_blocks_of_32 as b
),
airport_weather_tiles_blocks_of_128 as (
    -- per tile: the parts over it and the 127 before it
    select
        b.tile,
        greatest(b.max_wind, lag(b.max_wind, 64) over ()) as max_wind
    from airport_weather_tiles_blocks_of_64 as b
),
airport_weather_tiles_blocks_of_256 as (
    -- per tile: the parts over it and the 255 before it
    select
        b.tile,
        greatest(b.max_wind, lag(b.max_wind, 128) over ()) as max_wind
    from airport_weather_tiles_blocks_of_128 as b
),
airport_weather_tiles_blocks_of_512 as (
    -- per tile: the parts over it and the 511 before it
    select
        b.tile,
        greatest(b.max_wind, lag(b.max_wind, 256) over ()) as max_wind
    from airport_weather_tiles_blocks_of_256 as b
),
airport_weather_tiles_blocks_of_1024 as (
    -- per tile: the parts over it and the 1023 before it
    select
        b.tile,
        greatest(b.max_wind, lag(b.max_wind, 512) over ()) as max_wind
    from airport_weather_tiles_blocks_of_512 as b
),
airport_weather_tiles_blocks as (
    -- all blocks, by their last tile and size
    select
        0 as level,
        b.tile,
        b.max_wind
    from airport_weather_tiles_blocks_of_1 as b
    union all
    select
        1 as level,
        b.tile,
        b.max_wind
    from airport_weather_tiles_blocks_of_2 as b
    union all
    select
        2 as level,
        b.tile,
        b.max_wind
    from airport_weather_tiles_blocks_of_4 as b
    union all
    select
        3 as level,
        b.tile,
        b.max_wind
    from airport_weather_tiles_blocks_of_8 as b
    union all
    select
        4 as level,
        b.tile,
        b.max_wind
    from airport_weather_tiles_blocks_of_16 as b
    union all
    select
        5 as level,
        b.tile,
        b.max_wind
    from airport_weather_tiles_blocks_of_32 as b
    union all
    select
        6 as level,
        b.tile,
        b.max_wind
    from airport_weather_tiles_blocks_of_64 as b
    union all
    select
        7 as level,
        b.tile,
        b.max_wind
    from airport_weather_tiles_blocks_of_128 as b
    union all
    select
        8 as level,
        b.tile,
        b.max_wind
    from airport_weather_tiles_blocks_of_256 as b
    union all
    select
        9 as level,
        b.tile,
        b.max_wind
    from airport_weather_tiles_blocks_of_512 as b
    union all
    select
        10 as level,
        b.tile,
        b.max_wind
    from airport_weather_tiles_blocks_of_1024 as b
),
airport_weather_tiles_reach as materialized (
    -- per ask: its number, and its edges beside each other
    select
        row_number() over () as ask,
        e.airport,
        e.as_of_us,
        max(e.position) filter (where e.edge = 0) as position_0,
        max(e.max_wind_up_to) filter (where e.edge = 0) as max_wind_up_to_0,
        max(e.position) filter (where e.edge = 1) as position_1,
        max(e.max_wind_from) filter (where e.edge = 1) as max_wind_from_1
    from airport_weather_tiles_entries as e
    where e.edge is not null
    group by e.airport, e.as_of_us
),
airport_weather_tiles_spans as materialized (
    -- per ask and window: where it starts and ends, and how many whole tiles lie between
    select
        a.ask,
        0 as span,
        a.position_1 as first_position,
        a.position_0 as last_position,
        a.position_1 // 16 as start_tile,
        a.position_0 // 16 as end_tile,
        (a.position_0 // 16) - (a.position_1 // 16) - 1 as whole_tiles
    from airport_weather_tiles_reach as a
    where a.position_1 < a.position_0
),
airport_weather_tiles_levels as (
    -- the sizes of blocks, as powers of two
    select range as level
    from range(11)
),
airport_weather_tiles_numbers as (
    -- to count blocks of the largest size
    select range as number
    from range(1048576)
),
airport_weather_tiles_pieces as (
    -- per ask and window: the entries between its edges where they share a tile, else the blocks of its whole tiles
    select
        a.ask,
        a.span,
        max(e.max_wind_up_to) as max_wind
    from airport_weather_tiles_spans as a
    inner join airport_weather_tiles_scan_1 as e
        on a.start_tile = e.position // 16
        and a.first_position < e.position
        and e.position < a.last_position
    where a.start_tile = a.end_tile
    group by a.ask, a.span
    union all
    select
        a.ask,
        a.span,
        b.max_wind
    from airport_weather_tiles_spans as a
    inner join airport_weather_tiles_levels as l
        on l.level < 10
        and (a.whole_tiles // cast(power(2, l.level) as bigint)) % 2 = 1
    inner join airport_weather_tiles_blocks as b
        on l.level = b.level
        and a.start_tile + (a.whole_tiles % cast(power(2, l.level + 1) as bigint)) = b.tile
    where a.whole_tiles > 0
    union all
    select
        a.ask,
        a.span,
        b.max_wind
    from airport_weather_tiles_spans as a
    inner join airport_weather_tiles_numbers as n
        on a.whole_tiles >= 1024
        and n.number < a.whole_tiles // 1024
    inner join airport_weather_tiles_blocks as b
        on 10 = b.level
        and a.start_tile + ((a.whole_tiles % 1024) + ((n.number + 1) * 1024)) = b.tile
    where a.whole_tiles > 0
),
airport_weather_tiles_inner as (
    -- per ask: what stands between the edges of its windows
    select
        p.ask,
        max(p.max_wind) filter (where p.span = 0) as max_wind_last_3h
    from airport_weather_tiles_pieces as p
    group by p.ask
),
airport_weather_tiles as (
    -- per ask: windows over the visible rows of `airport_weather`
    select
        a.airport,
        a.as_of_us,
        greatest(i.max_wind_last_3h, case when a.position_1 // 16 < a.position_0 // 16 then a.max_wind_from_1 end, case when a.position_1 // 16 < a.position_0 // 16 then a.max_wind_up_to_0 end) as gust_3h
    from airport_weather_tiles_reach as a
    left join airport_weather_tiles_inner as i
        on a.ask = i.ask
),
destination_airport_weather_asks as (
    -- the distinct keys and times at which the spine asks `airport_weather`
    select distinct
        s.destination as airport,
        s.as_of_us
    from spine as s
    where s.destination is not null
        and s.as_of_us is not null
),
destination_airport_weather_tiles_heap as (
    -- the rows of `airport_weather`, and per ask the moments at which its windows begin and end
    select
        r.airport,
        null as as_of_us,
        null as edge,
        0 as turn,
        r.event_us as moment_us,
        r.wind
    from airport_weather_rows as r
    union all
    select
        a.airport,
        a.as_of_us,
        0 as edge,
        1 as turn,
        a.as_of_us - 1 as moment_us,
        null as wind
    from destination_airport_weather_asks as a
    union all
    select
        a.airport,
        a.as_of_us,
        1 as edge,
        1 as turn,
        a.as_of_us - 10800000001 as moment_us,
        null as wind
    from destination_airport_weather_asks as a
),
destination_airport_weather_tiles_sorted as (
    -- the same by entity and time; at one moment the rows come first
    select
        h.*
    from destination_airport_weather_tiles_heap as h
    order by h.airport, h.moment_us, h.turn
),
destination_airport_weather_tiles_scan_1 as (
    -- per entry: its place, and its own part of each aggregate
    select
        h.airport,
        h.as_of_us,
        h.edge,
        row_number() over () - 1 as position,
        case when (h.turn = 0) then h.wind end as max_wind_up_to,
        case when (h.turn = 0) then h.wind end as max_wind_from
    from destination_airport_weather_tiles_sorted as h
),
destination_airport_weather_tiles_scan_2 as (
    -- per entry: the parts over 2 entries up to it, and from it on, within its tile
    select
        e.airport,
        e.as_of_us,
        e.edge,
        e.position,
        case when e.position % 16 >= 1 then greatest(e.max_wind_up_to, lag(e.max_wind_up_to, 1) over ()) else e.max_wind_up_to end as max_wind_up_to,
        case when e.position % 16 < 15 then greatest(e.max_wind_from, lead(e.max_wind_from, 1) over ()) else e.max_wind_from end as max_wind_from
    from destination_airport_weather_tiles_scan_1 as e
),
destination_airport_weather_tiles_scan_4 as (
    -- per entry: the parts over 4 entries up to it, and from it on, within its tile
    select
        e.airport,
        e.as_of_us,
        e.edge,
        e.position,
        case when e.position % 16 >= 2 then greatest(e.max_wind_up_to, lag(e.max_wind_up_to, 2) over ()) else e.max_wind_up_to end as max_wind_up_to,
        case when e.position % 16 < 14 then greatest(e.max_wind_from, lead(e.max_wind_from, 2) over ()) else e.max_wind_from end as max_wind_from
    from destination_airport_weather_tiles_scan_2 as e
),
destination_airport_weather_tiles_scan_8 as (
    -- per entry: the parts over 8 entries up to it, and from it on, within its tile
    select
        e.airport,
        e.as_of_us,
        e.edge,
        e.position,
        case when e.position % 16 >= 4 then greatest(e.max_wind_up_to, lag(e.max_wind_up_to, 4) over ()) else e.max_wind_up_to end as max_wind_up_to,
        case when e.position % 16 < 12 then greatest(e.max_wind_from, lead(e.max_wind_from, 4) over ()) else e.max_wind_from end as max_wind_from
    from destination_airport_weather_tiles_scan_4 as e
),
destination_airport_weather_tiles_entries as materialized (
    -- per entry: the parts over 16 entries up to it, and from it on, within its tile
    select
        e.airport,
        e.as_of_us,
        e.edge,
        e.position,
        case when e.position % 16 >= 8 then greatest(e.max_wind_up_to, lag(e.max_wind_up_to, 8) over ()) else e.max_wind_up_to end as max_wind_up_to,
        case when e.position % 16 < 8 then greatest(e.max_wind_from, lead(e.max_wind_from, 8) over ()) else e.max_wind_from end as max_wind_from
    from destination_airport_weather_tiles_scan_8 as e
),
destination_airport_weather_tiles_blocks_of_1 as (
    -- per whole tile: the parts over it
    select
        e.position // 16 as tile,
        e.max_wind_up_to as max_wind
    from destination_airport_weather_tiles_entries as e
    where e.position % 16 = 15
),
destination_airport_weather_tiles_blocks_of_2 as (
    -- per tile: the parts over it and the 1 before it
    select
        b.tile,
        greatest(b.max_wind, lag(b.max_wind, 1) over ()) as max_wind
    from destination_airport_weather_tiles_blocks_of_1 as b
),
destination_airport_weather_tiles_blocks_of_4 as (
    -- per tile: the parts over it and the 3 before it
    select
        b.tile,
        greatest(b.max_wind, lag(b.max_wind, 2) over ()) as max_wind
    from destination_airport_weather_tiles_blocks_of_2 as b
),
destination_airport_weather_tiles_blocks_of_8 as (
    -- per tile: the parts over it and the 7 before it
    select
        b.tile,
        greatest(b.max_wind, lag(b.max_wind, 4) over ()) as max_wind
    from destination_airport_weather_tiles_blocks_of_4 as b
),
destination_airport_weather_tiles_blocks_of_16 as (
    -- per tile: the parts over it and the 15 before it
    select
        b.tile,
        greatest(b.max_wind, lag(b.max_wind, 8) over ()) as max_wind
    from destination_airport_weather_tiles_blocks_of_8 as b
),
destination_airport_weather_tiles_blocks_of_32 as (
    -- per tile: the parts over it and the 31 before it
    select
        b.tile,
        greatest(b.max_wind, lag(b.max_wind, 16) over ()) as max_wind
    from destination_airport_weather_tiles_blocks_of_16 as b
),
destination_airport_weather_tiles_blocks_of_64 as (
    -- per tile: the parts over it and the 63 before it
    select
        b.tile,
        greatest(b.max_wind, lag(b.max_wind, 32) over ()) as max_wind
    from destination_airport_weather_tiles_blocks_of_32 as b
),
destination_airport_weather_tiles_blocks_of_128 as (
    -- per tile: the parts over it and the 127 before it
    select
        b.tile,
        greatest(b.max_wind, lag(b.max_wind, 64) over ()) as max_wind
    from destination_airport_weather_tiles_blocks_of_64 as b
),
destination_airport_weather_tiles_blocks_of_256 as (
    -- per tile: the parts over it and the 255 before it
    select
        b.tile,
        greatest(b.max_wind, lag(b.max_wind, 128) over ()) as max_wind
    from destination_airport_weather_tiles_blocks_of_128 as b
),
destination_airport_weather_tiles_blocks_of_512 as (
    -- per tile: the parts over it and the 511 before it
    select
        b.tile,
        greatest(b.max_wind, lag(b.max_wind, 256) over ()) as max_wind
    from destination_airport_weather_tiles_blocks_of_256 as b
),
destination_airport_weather_tiles_blocks_of_1024 as (
    -- per tile: the parts over it and the 1023 before it
    select
        b.tile,
        greatest(b.max_wind, lag(b.max_wind, 512) over ()) as max_wind
    from destination_airport_weather_tiles_blocks_of_512 as b
),
destination_airport_weather_tiles_blocks as (
    -- all blocks, by their last tile and size
    select
        0 as level,
        b.tile,
        b.max_wind
    from destination_airport_weather_tiles_blocks_of_1 as b
    union all
    select
        1 as level,
        b.tile,
        b.max_wind
    from destination_airport_weather_tiles_blocks_of_2 as b
    union all
    select
        2 as level,
        b.tile,
        b.max_wind
    from destination_airport_weather_tiles_blocks_of_4 as b
    union all
    select
        3 as level,
        b.tile,
        b.max_wind
    from destination_airport_weather_tiles_blocks_of_8 as b
    union all
    select
        4 as level,
        b.tile,
        b.max_wind
    from destination_airport_weather_tiles_blocks_of_16 as b
    union all
    select
        5 as level,
        b.tile,
        b.max_wind
    from destination_airport_weather_tiles_blocks_of_32 as b
    union all
    select
        6 as level,
        b.tile,
        b.max_wind
    from destination_airport_weather_tiles_blocks_of_64 as b
    union all
    select
        7 as level,
        b.tile,
        b.max_wind
    from destination_airport_weather_tiles_blocks_of_128 as b
    union all
    select
        8 as level,
        b.tile,
        b.max_wind
    from destination_airport_weather_tiles_blocks_of_256 as b
    union all
    select
        9 as level,
        b.tile,
        b.max_wind
    from destination_airport_weather_tiles_blocks_of_512 as b
    union all
    select
        10 as level,
        b.tile,
        b.max_wind
    from destination_airport_weather_tiles_blocks_of_1024 as b
),
destination_airport_weather_tiles_reach as materialized (
    -- per ask: its number, and its edges beside each other
    select
        row_number() over () as ask,
        e.airport,
        e.as_of_us,
        max(e.position) filter (where e.edge = 0) as position_0,
        max(e.max_wind_up_to) filter (where e.edge = 0) as max_wind_up_to_0,
        max(e.position) filter (where e.edge = 1) as position_1,
        max(e.max_wind_from) filter (where e.edge = 1) as max_wind_from_1
    from destination_airport_weather_tiles_entries as e
    where e.edge is not null
    group by e.airport, e.as_of_us
),
destination_airport_weather_tiles_spans as materialized (
    -- per ask and window: where it starts and ends, and how many whole tiles lie between
    select
        a.ask,
        0 as span,
        a.position_1 as first_position,
        a.position_0 as last_position,
        a.position_1 // 16 as start_tile,
        a.position_0 // 16 as end_tile,
        (a.position_0 // 16) - (a.position_1 // 16) - 1 as whole_tiles
    from destination_airport_weather_tiles_reach as a
    where a.position_1 < a.position_0
),
destination_airport_weather_tiles_levels as (
    -- the sizes of blocks, as powers of two
    select range as level
    from range(11)
),
destination_airport_weather_tiles_numbers as (
    -- to count blocks of the largest size
    select range as number
    from range(1048576)
),
destination_airport_weather_tiles_pieces as (
    -- per ask and window: the entries between its edges where they share a tile, else the blocks of its whole tiles
    select
        a.ask,
        a.span,
        max(e.max_wind_up_to) as max_wind
    from destination_airport_weather_tiles_spans as a
    inner join destination_airport_weather_tiles_scan_1 as e
        on a.start_tile = e.position // 16
        and a.first_position < e.position
        and e.position < a.last_position
    where a.start_tile = a.end_tile
    group by a.ask, a.span
    union all
    select
        a.ask,
        a.span,
        b.max_wind
    from destination_airport_weather_tiles_spans as a
    inner join destination_airport_weather_tiles_levels as l
        on l.level < 10
        and (a.whole_tiles // cast(power(2, l.level) as bigint)) % 2 = 1
    inner join destination_airport_weather_tiles_blocks as b
        on l.level = b.level
        and a.start_tile + (a.whole_tiles % cast(power(2, l.level + 1) as bigint)) = b.tile
    where a.whole_tiles > 0
    union all
    select
        a.ask,
        a.span,
        b.max_wind
    from destination_airport_weather_tiles_spans as a
    inner join destination_airport_weather_tiles_numbers as n
        on a.whole_tiles >= 1024
        and n.number < a.whole_tiles // 1024
    inner join destination_airport_weather_tiles_blocks as b
        on 10 = b.level
        and a.start_tile + ((a.whole_tiles % 1024) + ((n.number + 1) * 1024)) = b.tile
    where a.whole_tiles > 0
),
destination_airport_weather_tiles_inner as (
    -- per ask: what stands between the edges of its windows
    select
        p.ask,
        max(p.max_wind) filter (where p.span = 0) as max_wind_last_3h
    from destination_airport_weather_tiles_pieces as p
    group by p.ask
),
destination_airport_weather_tiles as (
    -- per ask: windows over the visible rows of `airport_weather`
    select
        a.airport,
        a.as_of_us,
        greatest(i.max_wind_last_3h, case when a.position_1 // 16 < a.position_0 // 16 then a.max_wind_from_1 end, case when a.position_1 // 16 < a.position_0 // 16 then a.max_wind_up_to_0 end) as gust_3h
    from destination_airport_weather_tiles_reach as a
    left join destination_airport_weather_tiles_inner as i
        on a.ask = i.ask
)
-- the spine's rows, each once, with their features
select
    s.flight,
    s.origin,
    s.destination,
    s.departs_at,
    s.is_late,
    airport_weather_latest.temp as origin_temp,
    airport_weather_tiles.gust_3h as origin_gust_3h,
    destination_airport_weather_tiles.gust_3h as destination_gust_3h
from spine as s
left join airport_weather_latest
    on s.origin = airport_weather_latest.airport
    and s.as_of_us = airport_weather_latest.as_of_us
left join airport_weather_tiles
    on s.origin = airport_weather_tiles.airport
    and s.as_of_us = airport_weather_tiles.as_of_us
left join destination_airport_weather_tiles
    on s.destination = destination_airport_weather_tiles.airport
    and s.as_of_us = destination_airport_weather_tiles.as_of_us
order by s.spine_row
