select *
from warehouse.features.stg_orders as stg_orders
where amount >= 10
