select order_id, customer_id, country, ordered_at, loaded_at, amount
from {{ source('shop', 'orders') }}
where ordered_at >= timestamp '{{ var("start") }}'
