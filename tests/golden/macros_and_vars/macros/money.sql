{% macro cents(column) -%}
    cast(round({{ column }} * 100) as bigint)
{%- endmacro %}

{% macro recent(relation) -%}
    (select * from {{ relation }} where ordered_at >= timestamp '{{ var("start") }}')
{%- endmacro %}
