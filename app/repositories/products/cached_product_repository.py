from app.models.products.product import NewProduct, Product
from app.repositories.shared.cached_records import CachedTable
from app.repositories.shared.cached_repository import CachedRepository


class CachedProductRepository(CachedRepository[NewProduct, Product]):
    table = CachedTable("products", Product)
