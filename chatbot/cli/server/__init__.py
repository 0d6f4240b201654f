"""The page and everything beside it as one web application, and how it is served."""
