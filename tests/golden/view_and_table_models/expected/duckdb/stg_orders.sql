-- orders that count
select
    customer_id,
    ordered_at,
    amount
from read_csv('/project/data/orders.csv') as orders
where status = 'ok'
