/*---
kind: training_set
timestamp: starts_on
label: was_late
features: [holidays]
---*/
select
    trip,
    starts_on,
    was_late
from {{ ref('trips') }}
