/*---
materialized: table
description: What became of each carrier's departures, by the hour in which that was known.
owner: flight-operations
columns:
  carrier: {tests: [{relationships: {to: carriers, field: carrier}}]}
  known_hour: {tests: [not_null]}
---*/
select
    carrier,
    date_trunc('hour', {{ outcome_known_at('departed_at') }}) as known_hour,
    count(*) as flights,
    count(departed_at) as departed_flights,
    count(*) filter (where departed_at is null) as cancelled_flights,
    count(*) filter (where departure_delay >= 60) as hour_late_flights,
    cast(sum(departure_delay) as bigint) as departure_delay_minutes
from {{ ref('stg_flights') }}
group by carrier, date_trunc('hour', {{ outcome_known_at('departed_at') }})
