/*---
kind: feature_view
entity: customer
timestamp: ordered_at
windows: {last_2: {rows: 2}, last_3: {rows: 3}}
---*/
select
    customer_id,
    ordered_at,
    sum(amount) over last_2 as spend_of_last_2,
    count(*) over last_3 as orders_of_last_3,
    first(merchant) over last_3 as third_last_merchant,
    array_agg(merchant) over last_2 as last_merchants
from {{ source('shop', 'orders') }}
where status = 'ok'
