/*---
kind: training_set
timestamp: decided_at
label: churned
features:
  - a
  - a_latest
  - spine
---*/
select
    customer_id,
    decided_at,
    churned,
    1 as as_of_us,
    2 as spine_row
from {{ source('shop', 'decisions') }}
