/*---
kind: feature_view
entity: plane
timestamp: scheduled_departure_at
available_at: arrived_at        # without it, the delay of a flight that is still in the air would be seen: see README.md
ttl: 14d                        # a plane not seen for two weeks has no last flight
tie_break: [flight_id]
windows: {last_30d: 30d, last_10: {rows: 10}, ever: all}
online: true
description: How late one plane has been on its flights from New York that have arrived.
columns:
  last_arrival_delay: {description: Minutes late on its last flight.}
  last_delay_against_usual: {description: The same less its mean of 30 days.}
  last_made_up: {description: Minutes that its last flight made up in the air.}
  plane_delay_10: {description: Mean delay of its last 10 flights.}
  plane_flights_30d: {tests: [{range: {min: 0}}]}
  plane_late_30d: {description: Late arrivals in 30 days.}
  plane_destinations_30d: {description: Different airports in 30 days.}
  plane_worst_30d: {description: Its longest delay in 30 days.}
  minutes_since_arrival:
    description: Since it was last known to have arrived. Below zero it would know an arrival to come.
unit_tests:
  - name: a_flight_in_the_air_is_not_seen
    description: The second flight is known from the minute after its arrival on; nothing is known of another plane.
    given:
      - input: ref('stg_flights')
        rows:
          - {flight_id: 1, tailnum: N1, scheduled_departure_at: 2013-06-01 08:00, arrived_at: 2013-06-01 12:10, arrival_delay: 10}
          - {flight_id: 2, tailnum: N1, scheduled_departure_at: 2013-06-01 14:00, arrived_at: 2013-06-01 18:40, arrival_delay: 40}
    expect:        # the features at these keys and times
      - {tailnum: N1, as_of_time: 2013-06-01 18:40, last_arrival_delay: 10, plane_flights_30d: 1, minutes_since_arrival: 390}
      - {tailnum: N1, as_of_time: 2013-06-01 18:41, last_arrival_delay: 40, plane_flights_30d: 2, minutes_since_arrival: 1}
      - {tailnum: N1, as_of_time: 2013-06-01 18:41, plane_delay_10: 25, last_delay_against_usual: 15}
      - {tailnum: N2, as_of_time: 2013-06-01 18:41, last_arrival_delay: null, plane_flights_30d: 0}
  - name: a_plane_not_seen_for_two_weeks_has_no_last_flight
    as_of: 2013-06-15 08:00:01
    given:
      - input: ref('stg_flights')
        rows:
          - {flight_id: 1, tailnum: N1, scheduled_departure_at: 2013-06-01 08:00, arrived_at: 2013-06-01 12:10}
          - {flight_id: 2, tailnum: N2, scheduled_departure_at: 2013-06-01 09:00, arrived_at: 2013-06-01 13:10}
    expect:
      online: [{tailnum: N2, event_time: 2013-06-01 09:00}]
---*/
select
    tailnum,
    scheduled_departure_at,

    -- the last flight that was known
    arrival_delay                                                   as last_arrival_delay,
    arrival_delay - avg(arrival_delay) over last_30d                as last_delay_against_usual,
    departure_delay - arrival_delay                                 as last_made_up,

    -- windows
    avg(arrival_delay)   over last_10                               as plane_delay_10,
    count(*)             over last_30d                              as plane_flights_30d,
    count(*) filter (where arrived_late) over last_30d              as plane_late_30d,
    count(distinct dest) over last_30d                              as plane_destinations_30d,
    max(arrival_delay)   over last_30d                              as plane_worst_30d,
    {{ minutes_between('max(arrived_at) over ever', 'as_of_time') }} as minutes_since_arrival
from {{ ref('stg_flights') }}
