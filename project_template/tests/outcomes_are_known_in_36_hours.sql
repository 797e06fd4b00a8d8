/*---
description: No flight left or arrived more than 36 hours after it was to leave.
---*/
-- A data test of its own: the rows that it returns are wrong, so it passes when there are none. `featsql test` runs every file here.
--
-- macros/outcomes.sql takes a flight for cancelled or diverted from 36 hours after its scheduled departure on. A flight that left
-- or arrived later than that would have been counted among the lost before its end was known.
select flight_id, carrier, scheduled_departure_at, departed_at, arrived_at
from {{ ref('stg_flights') }}
where departed_at > scheduled_departure_at + interval 36 hours
    or arrived_at > scheduled_departure_at + interval 36 hours
