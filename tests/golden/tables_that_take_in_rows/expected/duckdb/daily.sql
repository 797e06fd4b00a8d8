select * from (
select date_trunc('day', ordered_at) as day, count(*) as orders from read_csv('/project/data/orders.csv') as orders group by 1
) as timed
where timed.day is not null
