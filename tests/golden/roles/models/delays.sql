/*---
kind: training_set
timestamp: departs_at
label: is_late
features:
  - {view: airport_weather, on: {airport: origin}, prefix: origin_}
  - {view: airport_weather, on: {airport: destination}, prefix: destination_, columns: [gust_3h]}
---*/
select
    flight,
    origin,
    destination,
    departs_at,
    is_late
from {{ source('air', 'flights') }}
