/*---
materialized: table
description: A day's flights in each hour of departure at each airport.
owner: flight-operations
columns:
  known_at: {description: When the fate of the hour's last flight was known., tests: [not_null]}
---*/
select
    origin as airport,
    scheduled_hour,
    flight_date,
    min(scheduled_departure_at) as first_departure_at,
    max({{ outcome_known_at('arrived_at') }}) as known_at,
    count(*) as scheduled_flights,
    {{ arrival_measures() }}
from {{ ref('stg_flights') }}
group by origin, scheduled_hour, flight_date
