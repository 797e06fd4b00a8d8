/*---
description: Flights with their delays in minutes. Delays are NULL for what never happened.
owner: flight-operations
columns:
  carrier: {tests: [{relationships: {to: carriers, field: carrier}}]}
  departure_delay: {description: Minutes after schedule; negative when early., tests: [{range: {min: -60, max: 1440}}]}
  arrival_delay: {description: Minutes after schedule; negative when early., tests: [{range: {min: -120, max: 1440}}]}
  arrived_late: {description: Whether it arrived 15 minutes or more after schedule., tests: [{accepted_values: {values: [true, false]}}]}
unit_tests:
  - name: late_from_fifteen_minutes_on
    description: Fifteen minutes are late, fourteen are not; a flight that never arrived is neither.
    given:
      - input: source('nyc', 'flights')
        rows:      # what a row leaves out is NULL
          - {flight_id: 1, scheduled_arrival_at: 2013-06-01 12:00, arrived_at: 2013-06-01 12:15}
          - {flight_id: 2, scheduled_arrival_at: 2013-06-01 12:00, arrived_at: 2013-06-01 12:14}
          - {flight_id: 3, scheduled_arrival_at: 2013-06-01 12:00}
    expect:        # what a row leaves out is not compared
      - {flight_id: 1, arrival_delay: 15, arrived_late: true}
      - {flight_id: 2, arrival_delay: 14, arrived_late: false}
      - {flight_id: 3, arrival_delay: null, arrived_late: null}
---*/
select
    flight_id,
    carrier,
    tailnum,
    origin,
    dest,
    distance_miles,
    flight_date,
    scheduled_hour,
    scheduled_departure_at,
    departed_at,
    arrived_at,
    {{ minutes_between('scheduled_departure_at', 'departed_at') }} as departure_delay,
    {{ minutes_between('scheduled_arrival_at', 'arrived_at') }} as arrival_delay,
    {{ minutes_between('scheduled_arrival_at', 'arrived_at') }} >= {{ var('late_minutes') }} as arrived_late
from {{ source('nyc', 'flights') }}
