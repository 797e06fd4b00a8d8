select
    now_rows.*,
    coalesce(make_timestamp(epoch_us(now_rows.loaded_at)), make_timestamp(1769904000000000)) as valid_from,
    cast(null as timestamp) as valid_to
from (
    select order_id, amount, loaded_at from read_csv('/project/data/orders.csv') as orders
) as now_rows
