"""The identity of this service. A copy edits the first four values; all names derive from them."""

__title__ = "Catalog Service"
__version__ = "1.1.0"
__description__ = "A product catalogue: a layered, asynchronous REST microservice."
__port__ = 8000

# "Catalog Service" becomes `catalog-service`: in queue names and in problem types.
__slug__ = "-".join("".join(c if c.isalnum() else " " for c in __title__.lower()).split())

# SPDX identifier: https://spdx.org/licenses/
__license__ = "MIT"
