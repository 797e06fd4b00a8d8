{#- The mean of a measure kept as totals, over a feature window: total / count, and NULL where nothing was counted. -#}
{% macro mean_over(total, counted, window) -%}
sum({{ total }}) over {{ window }} / nullif(sum({{ counted }}) over {{ window }}, 0)
{%- endmacro %}
