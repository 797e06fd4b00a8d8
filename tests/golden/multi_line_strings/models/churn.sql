/*---
kind: training_set
timestamp: decided_at
label: churned
features:
  - customer_orders
---*/
-- who left
select
    customer_id, -- who
    decided_at,
    churned,
    'to be
    seen' as reason
from {{ source('shop', 'decisions') }} -- all
