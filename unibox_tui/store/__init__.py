"""The only room with SQL. Plain functions over a Tx (writing) or a connection (reading); nothing here awaits."""
