select
    now_rows.*,
    to_timestamp_ntz(1769904000000000, 6) as valid_from,
    cast(null as timestamp_ntz) as valid_to,
    false as is_deleted
from (
    select
        customer_id,
        order_id,
        amount
    from shop.orders as orders
    where
        not customer_id is null
) as now_rows
