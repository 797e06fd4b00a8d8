"""Small projects with the SQL that they compile to, and the rows that this SQL gives."""
