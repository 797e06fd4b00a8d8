with spine_query as (
    -- the rows that ask, as the model selects them
    select
        customer_id,
        decided_at,
        churned
    from read_csv('/project/data/decisions.csv') as decisions
),
spine as materialized (
    -- the rows that ask, numbered, with `decided_at` in microseconds of UTC
    select
        q.*,
        row_number() over () as spine_row,
        epoch_us(q.decided_at) as as_of_us
    from spine_query as q
),
customer_orders_body as (
    -- the rows of `customer_orders` as its model selects them
    select
        customer_id,
        epoch_us(ordered_at) as event_us,
        amount
    from read_csv('/project/data/orders.csv') as orders
    where status = 'ok'
),
customer_orders_rows as materialized (
    -- those that become known to someone, with the microsecond when
    select
        customer_id,
        event_us,
        event_us as known_us,
        amount
    from customer_orders_body
    where customer_id is not null
        and event_us is not null
),
customer_orders_asks as (
    -- the distinct keys and times at which the spine asks `customer_orders`
    select distinct
        s.customer_id,
        s.as_of_us
    from spine as s
    where s.customer_id is not null
        and s.as_of_us is not null
),
customer_orders_latest_moment as (
    -- per ask: when its latest visible row happened
    select
        a.customer_id,
        a.as_of_us,
        r.event_us
    from customer_orders_asks as a
    asof join customer_orders_rows as r
        on a.customer_id = r.customer_id and a.as_of_us > r.known_us
),
customer_orders_latest as (
    -- per ask: the latest visible row of `customer_orders`
    select
        a.customer_id,
        a.as_of_us,
        r.event_us,
        r.amount
    from customer_orders_latest_moment as a
    inner join customer_orders_rows as r
        on a.customer_id = r.customer_id
        and a.event_us = r.event_us
    qualify row_number() over (partition by a.customer_id, a.as_of_us order by r.amount desc nulls last) = 1
),
customer_orders_tiles_heap as (
    -- the rows of `customer_orders`, and per ask the moments at which its windows begin and end
    select
        r.customer_id,
        null as as_of_us,
        null as edge,
        0 as turn,
        r.event_us as moment_us,
        r.amount
    from customer_orders_rows as r
    union all
    select
        a.customer_id,
        a.as_of_us,
        0 as edge,
        1 as turn,
        a.as_of_us - 1 as moment_us,
        null as amount
    from customer_orders_asks as a
    union all
    select
        a.customer_id,
        a.as_of_us,
        1 as edge,
        1 as turn,
        a.as_of_us - 604800000001 as moment_us,
        null as amount
    from customer_orders_asks as a
),
customer_orders_tiles_sorted as (
    -- the same by entity and time; at one moment the rows come first
    select
        h.*
    from customer_orders_tiles_heap as h
    order by h.customer_id, h.moment_us, h.turn
),
customer_orders_tiles_scan_1 as (
    -- per entry: its place, and its own part of each aggregate
    select
        h.customer_id,
        h.as_of_us,
        h.edge,
        row_number() over () - 1 as position,
        case when (h.turn = 0) then h.amount end as max_amount_up_to,
        case when (h.turn = 0) then h.amount end as max_amount_from
    from customer_orders_tiles_sorted as h
),
customer_orders_tiles_scan_2 as (
    -- per entry: the parts over 2 entries up to it, and from it on, within its tile
    select
        e.customer_id,
        e.as_of_us,
        e.edge,
        e.position,
        case when e.position % 16 >= 1 then greatest(e.max_amount_up_to, lag(e.max_amount_up_to, 1) over ()) else e.max_amount_up_to end as max_amount_up_to,
        case when e.position % 16 < 15 then greatest(e.max_amount_from, lead(e.max_amount_from, 1) over ()) else e.max_amount_from end as max_amount_from
    from customer_orders_tiles_scan_1 as e
),
customer_orders_tiles_scan_4 as (
    -- per entry: the parts over 4 entries up to it, and from it on, within its tile
    select
        e.customer_id,
        e.as_of_us,
        e.edge,
        e.position,
        case when e.position % 16 >= 2 then greatest(e.max_amount_up_to, lag(e.max_amount_up_to, 2) over ()) else e.max_amount_up_to end as max_amount_up_to,
        case when e.position % 16 < 14 then greatest(e.max_amount_from, lead(e.max_amount_from, 2) over ()) else e.max_amount_from end as max_amount_from
    from customer_orders_tiles_scan_2 as e
),
customer_orders_tiles_scan_8 as (
    -- per entry: the parts over 8 entries up to it, and from it on, within its tile
    select
        e.customer_id,
        e.as_of_us,
        e.edge,
        e.position,
        case when e.position % 16 >= 4 then greatest(e.max_amount_up_to, lag(e.max_amount_up_to, 4) over ()) else e.max_amount_up_to end as max_amount_up_to,
        case when e.position % 16 < 12 then greatest(e.max_amount_from, lead(e.max_amount_from, 4) over ()) else e.max_amount_from end as max_amount_from
    from customer_orders_tiles_scan_4 as e
),
customer_orders_tiles_entries as materialized (
    -- per entry: the parts over 16 entries up to it, and from it on, within its tile
    select
        e.customer_id,
        e.as_of_us,
        e.edge,
        e.position,
        case when e.position % 16 >= 8 then greatest(e.max_amount_up_to, lag(e.max_amount_up_to, 8) over ()) else e.max_amount_up_to end as max_amount_up_to,
        case when e.position % 16 < 8 then greatest(e.max_amount_from, lead(e.max_amount_from, 8) over ()) else e.max_amount_from end as max_amount_from
    from customer_orders_tiles_scan_8 as e
),
customer_orders_tiles_blocks_of_1 as (
    -- per whole tile: the parts over it
    select
        e.position // 16 as tile,
        e.max_amount_up_to as max_amount
    from customer_orders_tiles_entries as e
    where e.position % 16 = 15
),
customer_orders_tiles_blocks_of_2 as (
    -- per tile: the parts over it and the 1 before it
    select
        b.tile,
        greatest(b.max_amount, lag(b.max_amount, 1) over ()) as max_amount
    from customer_orders_tiles_blocks_of_1 as b
),
customer_orders_tiles_blocks_of_4 as (
    -- per tile: the parts over it and the 3 before it
    select
        b.tile,
        greatest(b.max_amount, lag(b.max_amount, 2) over ()) as max_amount
    from customer_orders_tiles_blocks_of_2 as b
),
customer_orders_tiles_blocks_of_8 as (
    -- per tile: the parts over it and the 7 before it
    select
        b.tile,
        greatest(b.max_amount, lag(b.max_amount, 4) over ()) as max_amount
    from customer_orders_tiles_blocks_of_4 as b
),
customer_orders_tiles_blocks_of_16 as (
    -- per tile: the parts over it and the 15 before it
    select
        b.tile,
        greatest(b.max_amount, lag(b.max_amount, 8) over ()) as max_amount
    from customer_orders_tiles_blocks_of_8 as b
),
customer_orders_tiles_blocks_of_32 as (
    -- per tile: the parts over it and the 31 before it
    select
        b.tile,
        greatest(b.max_amount, lag(b.max_amount, 16) over ()) as max_amount
    from customer_orders_tiles_blocks_of_16 as b
),
customer_orders_tiles_blocks_of_64 as (
    -- per tile: the parts over it and the 63 before it
    select
        b.tile,
        greatest(b.max_amount, lag(b.max_amount, 32) over ()) as max_amount
    from customer_orders_tiles_blocks_of_32 as b
),
customer_orders_tiles_blocks_of_128 as (
    -- per tile: the parts over it and the 127 before it
    select
        b.tile,
        greatest(b.max_amount, lag(b.max_amount, 64) over ()) as max_amount
    from customer_orders_tiles_blocks_of_64 as b
),
customer_orders_tiles_blocks_of_256 as (
    -- per tile: the parts over it and the 255 before it
    select
        b.tile,
        greatest(b.max_amount, lag(b.max_amount, 128) over ()) as max_amount
    from customer_orders_tiles_blocks_of_128 as b
),
customer_orders_tiles_blocks_of_512 as (
    -- per tile: the parts over it and the 511 before it
    select
        b.tile,
        greatest(b.max_amount, lag(b.max_amount, 256) over ()) as max_amount
    from customer_orders_tiles_blocks_of_256 as b
),
customer_orders_tiles_blocks_of_1024 as (
    -- per tile: the parts over it and the 1023 before it
    select
        b.tile,
        greatest(b.max_amount, lag(b.max_amount, 512) over ()) as max_amount
    from customer_orders_tiles_blocks_of_512 as b
),
customer_orders_tiles_blocks as (
    -- all blocks, by their last tile and size
    select
        0 as level,
        b.tile,
        b.max_amount
    from customer_orders_tiles_blocks_of_1 as b
    union all
    select
        1 as level,
        b.tile,
        b.max_amount
    from customer_orders_tiles_blocks_of_2 as b
    union all
    select
        2 as level,
        b.tile,
        b.max_amount
    from customer_orders_tiles_blocks_of_4 as b
    union all
    select
        3 as level,
        b.tile,
        b.max_amount
    from customer_orders_tiles_blocks_of_8 as b
    union all
    select
        4 as level,
        b.tile,
        b.max_amount
    from customer_orders_tiles_blocks_of_16 as b
    union all
    select
        5 as level,
        b.tile,
        b.max_amount
    from customer_orders_tiles_blocks_of_32 as b
    union all
    select
        6 as level,
        b.tile,
        b.max_amount
    from customer_orders_tiles_blocks_of_64 as b
    union all
    select
        7 as level,
        b.tile,
        b.max_amount
    from customer_orders_tiles_blocks_of_128 as b
    union all
    select
        8 as level,
        b.tile,
        b.max_amount
    from customer_orders_tiles_blocks_of_256 as b
    union all
    select
        9 as level,
        b.tile,
        b.max_amount
    from customer_orders_tiles_blocks_of_512 as b
    union all
    select
        10 as level,
        b.tile,
        b.max_amount
    from customer_orders_tiles_blocks_of_1024 as b
),
customer_orders_tiles_reach as materialized (
    -- per ask: its number, and its edges beside each other
    select
        row_number() over () as ask,
        e.customer_id,
        e.as_of_us,
        max(e.position) filter (where e.edge = 0) as position_0,
        max(e.max_amount_up_to) filter (where e.edge = 0) as max_amount_up_to_0,
        max(e.position) filter (where e.edge = 1) as position_1,
        max(e.max_amount_from) filter (where e.edge = 1) as max_amount_from_1
    from customer_orders_tiles_entries as e
    where e.edge is not null
    group by e.customer_id, e.as_of_us
),
customer_orders_tiles_spans as materialized (
    -- per ask and window: where it starts and ends, and how many whole tiles lie between
    select
        a.ask,
        0 as span,
        a.position_1 as first_position,
        a.position_0 as last_position,
        a.position_1 // 16 as start_tile,
        a.position_0 // 16 as end_tile,
        (a.position_0 // 16) - (a.position_1 // 16) - 1 as whole_tiles
    from customer_orders_tiles_reach as a
    where a.position_1 < a.position_0
),
customer_orders_tiles_levels as (
    -- the sizes of blocks, as powers of two
    select range as level
    from range(11)
),
customer_orders_tiles_numbers as (
    -- to count blocks of the largest size
    select range as number
    from range(1048576)
),
customer_orders_tiles_pieces as (
    -- per ask and window: the entries between its edges where they share a tile, else the blocks of its whole tiles
    select
        a.ask,
        a.span,
        max(e.max_amount_up_to) as max_amount
    from customer_orders_tiles_spans as a
    inner join customer_orders_tiles_scan_1 as e
        on a.start_tile = e.position // 16
        and a.first_position < e.position
        and e.position < a.last_position
    where a.start_tile = a.end_tile
    group by a.ask, a.span
    union all
    select
        a.ask,
        a.span,
        b.max_amount
    from customer_orders_tiles_spans as a
    inner join customer_orders_tiles_levels as l
        on l.level < 10
        and (a.whole_tiles // cast(power(2, l.level) as bigint)) % 2 = 1
    inner join customer_orders_tiles_blocks as b
        on l.level = b.level
        and a.start_tile + (a.whole_tiles % cast(power(2, l.level + 1) as bigint)) = b.tile
    where a.whole_tiles > 0
    union all
    select
        a.ask,
        a.span,
        b.max_amount
    from customer_orders_tiles_spans as a
    inner join customer_orders_tiles_numbers as n
        on a.whole_tiles >= 1024
        and n.number < a.whole_tiles // 1024
    inner join customer_orders_tiles_blocks as b
        on 10 = b.level
        and a.start_tile + ((a.whole_tiles % 1024) + ((n.number + 1) * 1024)) = b.tile
    where a.whole_tiles > 0
),
customer_orders_tiles_inner as (
    -- per ask: what stands between the edges of its windows
    select
        p.ask,
        max(p.max_amount) filter (where p.span = 0) as max_amount_last_7d
    from customer_orders_tiles_pieces as p
    group by p.ask
),
customer_orders_tiles as (
    -- per ask: windows over the visible rows of `customer_orders`
    select
        a.customer_id,
        a.as_of_us,
        greatest(i.max_amount_last_7d, case when a.position_1 // 16 < a.position_0 // 16 then a.max_amount_from_1 end, case when a.position_1 // 16 < a.position_0 // 16 then a.max_amount_up_to_0 end) as largest_7d
    from customer_orders_tiles_reach as a
    left join customer_orders_tiles_inner as i
        on a.ask = i.ask
)
-- the spine's rows, each once, with their features
select
    s.customer_id,
    s.decided_at,
    s.churned,
    customer_orders_latest.amount as last_amount,
    customer_orders_tiles.largest_7d
from spine as s
left join customer_orders_latest
    on s.customer_id = customer_orders_latest.customer_id
    and s.as_of_us = customer_orders_latest.as_of_us
left join customer_orders_tiles
    on s.customer_id = customer_orders_tiles.customer_id
    and s.as_of_us = customer_orders_tiles.as_of_us
order by s.spine_row
