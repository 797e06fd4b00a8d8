/*---
kind: feature_view
timestamp: day
windows: {last_7d: 7d}
---*/
select
    day,
    name as last_day_name,
    count(*) filter (where is_holiday) over last_7d as holidays_7d
from {{ ref('calendar') }}
