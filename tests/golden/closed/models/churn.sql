/*---
kind: training_set
timestamp: decided_at
label: churned
features:
  - orders_left
  - orders_right
  - orders_both
  - orders_neither
---*/
select
    customer_id,
    decided_at,
    churned
from {{ source('shop', 'decisions') }}
