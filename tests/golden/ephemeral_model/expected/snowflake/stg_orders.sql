select
    customer_id,
    ordered_at,
    amount,
    status
from shop.orders as orders
where
    not amount is null
