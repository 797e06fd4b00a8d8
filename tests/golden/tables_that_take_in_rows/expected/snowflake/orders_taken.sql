select order_id, amount, loaded_at from shop.orders as orders
