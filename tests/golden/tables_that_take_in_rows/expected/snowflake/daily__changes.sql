select * from (
select
    date_trunc('DAY', ordered_at) as day,
    count(*) as orders
from shop.orders as orders
group by
    1
) as timed
where timed.day is not null
