select order_id, amount, loaded_at from read_csv('/project/data/orders.csv') as orders

where loaded_at > (select max(loaded_at) from main.orders_taken as orders_taken)
