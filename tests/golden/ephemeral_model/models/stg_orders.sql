/*---
kind: model
materialized: ephemeral
---*/
select
    customer_id,
    ordered_at,
    amount,
    status
from {{ source('shop', 'orders') }}
where amount is not null
