/*---
kind: training_set
timestamp: decided_at
label: churned
features: [spend]
---*/
select customer_id, decided_at, churned
from {{ source('shop', 'decisions') }}
