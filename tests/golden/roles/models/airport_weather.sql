/*---
kind: feature_view
entity: airport
timestamp: observed_at
windows: {last_3h: 3h}
---*/
select
    airport,
    observed_at,
    temp,
    max(wind) over last_3h as gust_3h
from {{ source('air', 'weather') }}
