"""Who this service is: the first file that a copy edits. All other names follow from the title."""

__title__ = "Catalog Service"
__version__ = "1.0.0"
__description__ = "A product catalogue: a layered, asynchronous REST microservice."
__port__ = 8000

# "Catalog Service" is `catalog-service` to other services and in the types of its problems.
__slug__ = "-".join("".join(c if c.isalnum() else " " for c in __title__.lower()).split())
