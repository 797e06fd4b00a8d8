{#- Whole minutes from one time to another; negative when the second comes first. -#}
{% macro minutes_between(earlier, later) -%}
date_diff('minute', {{ earlier }}, {{ later }})
{%- endmacro %}

{#- When it is known whether, and how late, something happened: the moment it happens. For a flight that was cancelled or
    diverted it never does, and the data does not say when the airline gave up. But no flight of the year left or arrived more
    than 36 hours after its scheduled departure, so by then one knows (tests/outcomes_are_known_in_36_hours.sql). -#}
{% macro outcome_known_at(happened_at) -%}
coalesce({{ happened_at }}, scheduled_departure_at + interval 36 hours)
{%- endmacro %}

{#- What every bucket of flights counts. Sums and counts, never means: they can be added up over a window. -#}
{% macro arrival_measures() -%}
count(arrived_at) as arrived_flights,
    count(*) filter (where arrived_late) as late_flights,
    cast(sum(arrival_delay) as bigint) as delay_minutes
{%- endmacro %}
