select
    now_rows.*,
    make_timestamp(1769904000000000) as valid_from,
    cast(null as timestamp) as valid_to,
    false as is_deleted
from (
    select customer_id, order_id, amount from read_csv('/project/data/orders.csv') as orders
    where customer_id is not null
) as now_rows
