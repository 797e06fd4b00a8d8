/*---
description: Flights with their delays in minutes. Delays are NULL for what never happened.
owner: flight-operations
columns:
  carrier: {tests: [{relationships: {to: carriers, field: carrier}}]}
  departure_delay: {description: Minutes after schedule; negative when early., tests: [{range: {min: -60, max: 1440}}]}
  arrival_delay: {description: Minutes after schedule; negative when early., tests: [{range: {min: -120, max: 1440}}]}
  arrived_late: {description: Whether it arrived 15 minutes or more after schedule., tests: [{accepted_values: {values: [true, false]}}]}
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
