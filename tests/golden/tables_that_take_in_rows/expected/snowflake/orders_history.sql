select
    now_rows.*,
    coalesce(to_timestamp_ntz(date_part(epoch_microsecond, date_trunc('microsecond', now_rows.loaded_at)), 6), to_timestamp_ntz(1769904000000000, 6)) as valid_from,
    cast(null as timestamp_ntz) as valid_to
from (
    select order_id, amount, loaded_at from shop.orders as orders
) as now_rows
