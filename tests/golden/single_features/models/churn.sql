/*---
kind: training_set
timestamp: decided_at
label: churned
features:
  - customer_support.tickets_7d
  - customer_orders.last_merchant
  - {view: customer_support, columns: [topics], prefix: support_}
---*/
select
    customer_id,
    decided_at,
    churned
from {{ source('shop', 'decisions') }}
