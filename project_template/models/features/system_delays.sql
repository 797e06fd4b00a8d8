/*---
kind: feature_view
timestamp: arrival_hour         # no entity: one series, seen by every flight alike
delay: 1h
windows:
  recent: 4h                    # three full hours at any t, for an hour is seen from its end
  same_hours_yesterday: {range: 4h, offset: 24h}
  today: {calendar: day, timezone: America/New_York}
online: true
description: How late flights from New York are arriving right now, all airlines and airports together.
columns:
  system_late_share: {description: Of the last full hours., tests: [{range: {min: 0, max: 1}}]}
  system_flights_today: {description: Arrivals since midnight in New York., tests: [{range: {min: 0}}]}
---*/
with hours as (
    select
        arrival_hour,
        cast(sum(arrived_flights) as bigint) as arrived_flights,
        cast(sum(late_flights) as bigint) as late_flights,
        cast(sum(delay_minutes) as bigint) as delay_minutes
    from {{ ref('arrival_hours') }}
    group by arrival_hour
)

select
    arrival_hour,
    {{ mean_over('delay_minutes', 'arrived_flights', 'recent') }}         as system_delay,
    {{ mean_over('late_flights', 'arrived_flights', 'recent') }}          as system_late_share,
    {{ mean_over('delay_minutes', 'arrived_flights', 'recent') }}
        - {{ mean_over('delay_minutes', 'arrived_flights', 'same_hours_yesterday') }} as system_delay_since_yesterday,
    coalesce(sum(arrived_flights) over today, 0)                          as system_flights_today,
    max(late_flights) over today                                          as system_worst_hour_today
from hours
