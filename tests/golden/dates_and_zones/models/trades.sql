/*---
kind: training_set
timestamp: traded_at
features: [rates]
---*/
select
    currency,
    cast(traded_at as timestamptz) as traded_at
from {{ source('raw', 'trades') }}
