/*---
materialized: table
description: Arrivals of each carrier's flights from each airport, by the hour in which they arrived (not were due).
owner: flight-operations
columns:
  arrival_hour: {tests: [not_null]}
  late_flights: {tests: [{range: {min: 0}}]}
---*/
-- By the hour in which one learns: such a bucket is complete when its hour is over, whatever may still be in the air.
-- By scheduled hour, a bucket would be open until its slowest flight is in, and the bad hours would be the last to be seen.
select
    carrier,
    origin as airport,
    date_trunc('hour', arrived_at) as arrival_hour,
    {{ arrival_measures() }}
from {{ ref('stg_flights') }}
where arrived_at is not null
group by carrier, origin, date_trunc('hour', arrived_at)
