/*---
kind: training_set
timestamp: decided_at
label: churned
features:
  - customer_orders
strategy: tiles
---*/
select
    customer_id,
    decided_at,
    churned
from {{ source('shop', 'decisions') }}
