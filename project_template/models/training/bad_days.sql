/*---
kind: training_set
timestamp: decided_at
label: bad_day
owner: flight-operations
description: >-
  Will this be a bad day for an airline: 15 % of its flights an hour late in leaving, or cancelled? Asked an hour before its
  first flight. One row an airline and day.
features:
  - carrier_departures
  - system_delays.system_late_share
columns:
  decided_at: {tests: [not_null]}
  carrier: {tests: [{relationships: {to: carriers, field: carrier}}]}
  bad_day: {tests: [not_null]}
  departures_7d: {tests: [{range: {min: 0}}]}
---*/
-- The day's own delays make the label and must not be columns here. The number of flights may: it is the schedule.
select
    carrier,
    flight_date,
    min(scheduled_departure_at) - interval 1 hour as decided_at,
    count(*) as scheduled_flights,
    count(*) filter (where departed_at is null or departure_delay >= 60) >= 0.15 * count(*) as bad_day
from {{ ref('stg_flights') }}
where flight_date >= date '{{ var("training_start") }}'
    and flight_date < date '{{ var("training_end") }}'
group by carrier, flight_date
