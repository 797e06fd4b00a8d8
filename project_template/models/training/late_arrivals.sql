/*---
kind: training_set
timestamp: decided_at
label: arrived_late
owner: flight-operations
description: >-
  Will a flight arrive 15 minutes or more late? Asked two hours before it is to leave. One row a flight; the label is NULL for
  the cancelled and the diverted, which never arrived.
features:
  - plane_delays
  - {view: carrier_airport_delays, on: {airport: origin}}
  - route_history
  - {view: hour_history, on: {airport: origin}}
  - {view: airport_weather, on: {airport: origin}, prefix: origin_}
  - system_delays
tests:
  - row_count: {max: 336776}            # as many as there are flights, or less
columns:
  flight_id: {tests: [unique, not_null]}
  decided_at: {tests: [not_null]}
  arrived_late: {tests: [{accepted_values: {values: [true, false]}}]}
  minutes_since_arrival: {tests: [{range: {min: 1}}]}    # fails as soon as a feature sees an arrival to come
  carrier_late_share_24h: {tests: [{range: {min: 0, max: 1}}]}
  last_arrival_delay: {tests: [{distribution: {max_null_share: 0.25, max_null_change: 0.02}}]}  # as when it passed last
---*/
select
    flights.flight_id,
    flights.scheduled_departure_at - interval 2 hours as decided_at,
    flights.carrier,
    flights.tailnum,
    flights.origin,
    flights.dest,
    flights.scheduled_hour,
    flights.distance_miles,
    planes.seats as plane_seats,                                   -- facts that do not change may be joined as they are
    2013 - planes.built_year as plane_age,
    flights.arrived_late
from {{ ref('stg_flights') }} as flights
left join {{ ref('stg_planes') }} as planes on flights.tailnum = planes.tailnum
where flights.flight_date >= date '{{ var("training_start") }}'
    and flights.flight_date < date '{{ var("training_end") }}'
