select
    customer_id,
    ordered_at,
    amount,
    status
from read_csv('/project/data/orders.csv') as orders
where amount is not null
