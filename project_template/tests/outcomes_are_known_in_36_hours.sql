-- A data test: the rows that it returns are wrong, so it passes when there are none. This version of featsql reads the files
-- under tests/ and does not run them yet; until then: featsql show --inline "$(cat tests/outcomes_are_known_in_36_hours.sql)"
--
-- macros/outcomes.sql takes a flight for cancelled or diverted from 36 hours after its scheduled departure on. A flight that left
-- or arrived later than that would have been counted among the lost before its end was known.
select flight_id, carrier, scheduled_departure_at, departed_at, arrived_at
from {{ ref('stg_flights') }}
where departed_at > scheduled_departure_at + interval 36 hours
    or arrived_at > scheduled_departure_at + interval 36 hours
