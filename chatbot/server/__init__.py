"""People and hosting: the web application, accounts, limits, the queue, health, metrics and logs."""
