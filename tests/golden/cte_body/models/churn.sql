/*---
kind: training_set
timestamp: decided_at
label: churned
features:
  - customer_orders
---*/
with decisions as (
    select * from {{ source('shop', 'decisions') }}
)

select
    d.customer_id,
    d.decided_at,
    d.churned
from decisions as d
where d.customer_id is not null
