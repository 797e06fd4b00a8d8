/*---
kind: training_set
timestamp: offered_at
label: taken
features: [loyalty]
---*/
select
    *
from {{ source('shop', 'offers') }}
