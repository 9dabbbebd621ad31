from app.models.products.product import NewProduct, Product
from app.repositories.cached_records import CachedTable
from app.repositories.cached_repository import CachedRepository


class CachedProductRepository(CachedRepository[NewProduct, Product]):
    table = CachedTable("products", Product)
