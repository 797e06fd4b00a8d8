/*---
materialized: table
description: A day's flights on each route.
owner: flight-operations
columns:
  known_at: {description: When the fate of the day's last flight was known., tests: [not_null]}
---*/
-- This bucket is by schedule, so it needs the time at which it was complete. The largest `arrived_at` alone would say too
-- early: it passes over the flights that never came, and nobody knew at that hour that they would not.
select
    origin,
    dest,
    flight_date,
    min(scheduled_departure_at) as first_departure_at,
    max({{ outcome_known_at('arrived_at') }}) as known_at,
    count(*) as scheduled_flights,
    {{ arrival_measures() }}
from {{ ref('stg_flights') }}
group by origin, dest, flight_date
