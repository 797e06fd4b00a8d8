-- orders that count
select
    customer_id,
    ordered_at,
    amount
from shop.orders as orders
where status = 'ok'
