select *
from main.stg_orders as stg_orders
where amount >= 10
