/*---
kind: feature_view
entities: [carrier, airport]
timestamp: arrival_hour
delay: 1h                       # an hour's count is complete when the hour is over
windows: {last_24h: 24h, last_3d: 3d}
online: true
description: How late a carrier's flights from one airport have been arriving.
columns:
  carrier_flights_24h: {tests: [{range: {min: 0}}]}
  carrier_late_share_24h: {description: Share of late ones among the arrivals of 24 hours., tests: [{range: {min: 0, max: 1}}]}
---*/
select
    carrier,
    airport,
    arrival_hour,
    sum(arrived_flights) over last_24h                                    as carrier_flights_24h,
    {{ mean_over('delay_minutes', 'arrived_flights', 'last_24h') }}       as carrier_delay_24h,
    {{ mean_over('late_flights', 'arrived_flights', 'last_24h') }}        as carrier_late_share_24h,
    {{ mean_over('delay_minutes', 'arrived_flights', 'last_3d') }}        as carrier_delay_3d,
    {{ mean_over('delay_minutes', 'arrived_flights', 'last_24h') }}
        - {{ mean_over('delay_minutes', 'arrived_flights', 'last_3d') }}  as carrier_delay_trend
from {{ ref('arrival_hours') }}
