select order_id, amount, loaded_at from read_csv('/project/data/orders.csv') as orders
