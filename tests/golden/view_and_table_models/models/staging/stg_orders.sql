-- orders that count
select
    customer_id,
    ordered_at,
    amount
from {{ source('shop', 'orders') }}
where status = 'ok'
