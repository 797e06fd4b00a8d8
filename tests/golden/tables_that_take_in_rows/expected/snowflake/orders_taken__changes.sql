select order_id, amount, loaded_at from shop.orders as orders

where loaded_at > (select max(loaded_at) from warehouse.features.orders_taken as orders_taken)
