"""Who this service is: the first file that a copy edits."""

__title__ = "Catalog Service"
__version__ = "1.0.0"
__description__ = "A product catalogue: a layered, asynchronous REST microservice."
